#include "base/date.h"

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

#include <chrono>
#include <stdexcept>

namespace quarentena {
namespace {

std::optional<int> digits(std::string_view text) {
  int value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

date::year_month_day civil(Date day) {
  return date::year_month_day{date::sys_days{date::days{day.days()}}};
}

}  // namespace

std::optional<Date> Date::parse_iso(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto y = digits(text.substr(0, 4));
  const auto m = digits(text.substr(5, 2));
  const auto d = digits(text.substr(8, 2));
  if (!y || !m || !d) return std::nullopt;
  const auto ymd = date::year{*y} / date::month{static_cast<unsigned>(*m)} /
                   date::day{static_cast<unsigned>(*d)};
  if (!ymd.ok()) return std::nullopt;
  return Date(static_cast<std::int32_t>(date::sys_days{ymd}.time_since_epoch().count()));
}

std::string Date::iso() const {
  const auto ymd = civil(*this);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(ymd.year()),
                     static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()));
}

Result<std::string> Date::format(std::string_view pattern) const {
  const auto ymd = civil(*this);
  const int year = static_cast<int>(ymd.year());
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      out += pattern[i];
      continue;
    }
    const char code = ++i < pattern.size() ? pattern[i] : '\0';
    switch (code) {
      case 'Y':
        out += fmt::format("{:04}", year);
        break;
      case 'y':
        out += fmt::format("{:02}", year % 100);
        break;
      case 'm':
        out += fmt::format("{:02}", static_cast<unsigned>(ymd.month()));
        break;
      case 'd':
        out += fmt::format("{:02}", static_cast<unsigned>(ymd.day()));
        break;
      case 'j':
        out += fmt::format("{:03}",
                           (date::sys_days{ymd} - date::sys_days{ymd.year() / 1 / 1}).count() + 1);
        break;
      case '%':
        out += '%';
        break;
      default:
        return fail(ErrorKind::config,
                    fmt::format("unknown date code '%{}' in '{}'", code ? std::string(1, code) : "",
                                pattern),
                    "use %Y, %y, %m, %d or %j");
    }
  }
  return out;
}

bool known_time_zone(const std::string& zone) {
  try {
    return date::locate_zone(zone) != nullptr;
  } catch (const std::runtime_error&) {
    return false;
  }
}

Date today_in(const std::string& zone) {
  const auto now = std::chrono::system_clock::now();
  const auto local = date::locate_zone(zone)->to_local(now);
  return Date(static_cast<std::int32_t>(date::floor<date::days>(local).time_since_epoch().count()));
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string utc_iso(std::int64_t ms_since_epoch) {
  const date::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds{ms_since_epoch}};
  return date::format("%FT%TZ", time);
}

namespace {

/// Takes `count` digits off the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  const auto value = digits(text.substr(0, count));
  if (value) text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// `10:30`, `10:30:00` or `10:30:00.123` to milliseconds of the day.
std::optional<std::int64_t> take_time(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  std::optional<int> second = 0;
  std::int64_t ms = 0;
  if (take(text, ':')) {
    second = take_digits(text, 2);
    if (take(text, '.')) {
      if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
      for (std::int64_t unit = 100; !text.empty() && text[0] >= '0' && text[0] <= '9'; unit /= 10) {
        ms += unit * (text[0] - '0');
        text.remove_prefix(1);
      }
    }
  }
  if (!minute || !second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return ((*hour * 60 + *minute) * 60 + *second) * std::int64_t{1000} + ms;
}

/// `Z`, `+03:00`, `-0300` or `+03` to minutes east of UTC.
std::optional<int> take_offset(std::string_view& text) {
  if (take(text, 'Z')) return 0;
  const int sign = take(text, '-') ? -1 : take(text, '+') ? 1 : 0;
  const auto hours = sign == 0 ? std::nullopt : take_digits(text, 2);
  if (!hours) return std::nullopt;
  const bool colon = take(text, ':');
  const auto minutes = take_digits(text, 2);
  if ((colon && !minutes) || *hours > 15 || minutes.value_or(0) > 59) return std::nullopt;
  return sign * (*hours * 60 + minutes.value_or(0));
}

}  // namespace

Result<std::int64_t> parse_timestamp_ms(std::string_view text, const std::string& zone) {
  const auto wrong = [&] {
    return fail(ErrorKind::config, fmt::format("'{}' is not a date or a time", text),
                "write 2024-05-28, 2024-05-28T10:30:00 or 2024-05-28T10:30:00-03:00");
  };
  const auto day = Date::parse_iso(text.substr(0, 10));
  if (!day) return wrong();
  std::int64_t ms = day->days() * std::int64_t{86'400'000};
  auto rest = text.substr(10);
  if (!rest.empty()) {
    if (!take(rest, 'T') && !take(rest, ' ')) return wrong();
    const auto time = take_time(rest);
    if (!time) return wrong();
    ms += *time;
  }
  if (!rest.empty()) {
    const auto offset = take_offset(rest);
    if (!offset || !rest.empty()) return wrong();
    return ms - *offset * std::int64_t{60'000};
  }
  const date::local_time<std::chrono::milliseconds> local{std::chrono::milliseconds{ms}};
  return date::locate_zone(zone)->to_sys(local, date::choose::earliest).time_since_epoch().count();
}

std::string now_utc_iso() { return utc_iso(now_ms()); }

}  // namespace quarentena
