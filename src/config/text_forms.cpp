#include "config/text_forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/date.h"

namespace quarentena {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Consumes text that has the form of `shape`, where 0 stands for a digit.
bool take(std::string_view& text, std::string_view shape) {
  if (text.size() < shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == '0' ? !is_digit(text[i]) : text[i] != shape[i]) return false;
  }
  text.remove_prefix(shape.size());
  return true;
}

bool take_number_below(std::string_view& text, std::string_view shape, int limit) {
  const std::string_view before = text;
  if (!take(text, shape)) return false;
  const std::string_view digits = before.substr(shape.size() - 2, 2);
  return (digits[0] - '0') * 10 + (digits[1] - '0') < limit;
}

bool take_zone(std::string_view& text) {
  if (take(text, "Z")) return true;
  if (!text.starts_with('+') && !text.starts_with('-')) return false;
  text.remove_prefix(1);
  if (!take_number_below(text, "00", 19)) return false;
  return text.starts_with(':') ? take_number_below(text, ":00", 60)
                               : take_number_below(text, "00", 60);
}

bool is_env_name(std::string_view name) {
  if (name.empty() || is_digit(name[0])) return false;
  for (char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') return false;
  }
  return true;
}

}  // namespace

std::optional<std::string> why_not_date_format(std::string_view format) {
  static constexpr std::string_view known = "YymdjbBaAHIMSfpz%";
  bool year = false, month = false, day = false, day_of_year = false;
  bool hour12 = false, half = false;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    const char code = ++i < format.size() ? format[i] : '\0';
    if (code == '\0' || known.find(code) == std::string_view::npos) {
      const bool shown = std::isgraph(static_cast<unsigned char>(code)) != 0;
      return shown ? fmt::format("it has the unknown code '%{}'", code)
                   : std::string("it has a '%' that starts no code");
    }
    year = year || code == 'Y' || code == 'y';
    month = month || code == 'm' || code == 'b' || code == 'B';
    day = day || code == 'd';
    day_of_year = day_of_year || code == 'j';
    hour12 = hour12 || code == 'I';
    half = half || code == 'p';
  }
  if (!year) return "it has no year (%Y or %y)";
  if (!day_of_year && !month) return "it has no month (%m, %b or %B)";
  if (!day_of_year && !day) return "it has no day (%d)";
  if (hour12 != half) return "%I (hours to 12) and %p (AM, PM) go together";
  return std::nullopt;
}

std::optional<std::string> why_not_dated(std::string_view location) {
  static constexpr std::string_view opening = "{data_carga:";
  std::size_t at = 0;
  while ((at = location.find_first_of("{}", at)) != std::string_view::npos) {
    const std::string_view rest = location.substr(at);
    const std::size_t end = rest.find('}');
    if (rest[0] == '}') return "it has a '}' without a '{'";
    if (end == std::string_view::npos) return "it has a '{' without a '}'";
    if (!rest.starts_with(opening)) {
      return fmt::format("'{}' is not known", rest.substr(0, end + 1));
    }
    const std::string_view codes = rest.substr(opening.size(), end - opening.size());
    if (codes.find('%') == std::string_view::npos) {
      return fmt::format("'{}' has no date code", rest.substr(0, end + 1));
    }
    if (const auto day = Date{}.format(codes); !day) return day.error().what;
    at += end + 1;
  }
  return std::nullopt;
}

bool is_iso_moment(std::string_view text) {
  if (text.size() < 10 || !Date::parse_iso(text.substr(0, 10))) return false;
  text.remove_prefix(10);
  if (text.empty()) return true;
  if (text[0] != 'T' && text[0] != ' ') return false;
  text.remove_prefix(1);
  if (!take_number_below(text, "00", 24) || !take_number_below(text, ":00", 60)) return false;
  if (text.starts_with(':')) {
    if (!take_number_below(text, ":00", 60)) return false;
    if (text.starts_with('.')) {
      std::size_t digits = 1;
      while (digits < text.size() && is_digit(text[digits])) ++digits;
      if (digits == 1 || digits > 10) return false;
      text.remove_prefix(digits);
    }
  }
  return text.empty() || (take_zone(text) && text.empty());
}

bool is_reference(std::string_view text) {
  if (!text.starts_with("${") || !text.ends_with('}')) return false;
  text = text.substr(2, text.size() - 3);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find('}') != std::string_view::npos) return false;
  const std::string_view kind = text.substr(0, colon);
  const std::string_view name = text.substr(colon + 1);
  if (name.empty()) return false;
  if (kind == "env") return is_env_name(name);
  if (kind == "databricks") {
    const std::size_t slash = name.find('/');
    return slash != std::string_view::npos && slash > 0 && slash + 1 < name.size() &&
           name.find('/', slash + 1) == std::string_view::npos;
  }
  return kind == "file" || kind == "cmd";
}

std::optional<int> milliseconds(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  if (digits == 0 || digits > 7) return std::nullopt;
  const int count = std::stoi(std::string(text.substr(0, digits)));
  const std::string_view unit = text.substr(digits);
  const int each = unit == "ms" ? 1 : unit == "s" ? 1000 : unit == "m" ? 60'000 : 0;
  static constexpr int kMost = 3'600'000;
  if (each == 0 || count > kMost / each) return std::nullopt;
  return count * each;
}

std::optional<int> hours(std::string_view text) {
  if (text.size() < 2 || text.size() > 5 || text[0] == '0') return std::nullopt;
  const std::string_view digits = text.substr(0, text.size() - 1);
  if (!std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
  const int each = text.back() == 'h' ? 1 : text.back() == 'd' ? 24 : 0;
  if (each == 0) return std::nullopt;
  return std::stoi(std::string(digits)) * each;
}

std::optional<int> minutes_of_day(std::string_view text) {
  if (text.size() != 5) return std::nullopt;
  std::string_view rest = text;
  if (!take_number_below(rest, "00", 24) || !take_number_below(rest, ":00", 60)) {
    return std::nullopt;
  }
  const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  return two(0) * 60 + two(3);
}

bool is_fingerprint(std::string_view text) {
  static constexpr std::string_view kStart = "SHA256:";
  if (!text.starts_with(kStart)) return false;
  text.remove_prefix(kStart.size());
  if (text.size() == 44 && text.back() == '=') text.remove_suffix(1);
  if (text.size() != 43) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/';
  });
}

}  // namespace quarentena
