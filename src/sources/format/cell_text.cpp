#include "sources/format/cell_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>

namespace quarentena {
namespace {

constexpr std::int64_t kSecondsPerDay = 86400;
constexpr std::int64_t kLastSerial = 2958465;  // 9999-12-31
constexpr std::int64_t kInventedDay = 60;
constexpr std::size_t kLongestNumber = 400;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return text.substr(0, 0);
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// Digits that are text already as they should be.
bool is_plain_integer(std::string_view text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  return all_digits(text) && (text.size() == 1 ? true : text.front() != '0');
}

std::optional<double> number_of(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return whole && std::isfinite(number) ? std::optional<double>(number) : std::nullopt;
}

/// The number in decimal notation is digits[0..point) "." digits[point..).
struct Decimal {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  int exponent = 0;
};

Decimal split_decimal(std::string_view text) {
  Decimal parts;
  parts.negative = text.front() == '-';
  if (text.front() == '-' || text.front() == '+') text.remove_prefix(1);
  const std::size_t e = std::min(text.find_first_of("eE"), text.size());
  if (e < text.size()) {
    std::string_view digits = text.substr(e + 1);
    if (!digits.empty() && digits.front() == '+') digits.remove_prefix(1);
    std::from_chars(digits.data(), digits.data() + digits.size(), parts.exponent);
  }
  const std::size_t point = std::min(text.find('.'), e);
  parts.whole = text.substr(0, point);
  parts.fraction = point < e ? text.substr(point + 1, e - point - 1) : std::string_view();
  while (!parts.fraction.empty() && parts.fraction.back() == '0') parts.fraction.remove_suffix(1);
  return parts;
}

/// Writes an integer, whatever its notation; by its digits, so that none is lost to rounding.
/// Nothing when it is no integer.
std::optional<std::string_view> integer_text(const Decimal& parts, TextArena& arena) {
  const auto fraction = static_cast<int>(parts.fraction.size());
  if (parts.exponent < fraction || parts.exponent > static_cast<int>(kLongestNumber)) {
    return std::nullopt;
  }
  const std::size_t zeros = static_cast<std::size_t>(parts.exponent - fraction);
  char* const out =
      arena.reserve(1 + parts.whole.size() + parts.fraction.size() + zeros + kLongestNumber);
  char* to = out;
  if (parts.negative) *to++ = '-';
  char* const first = to;
  to = std::copy(parts.whole.begin(), parts.whole.end(), to);
  to = std::copy(parts.fraction.begin(), parts.fraction.end(), to);
  to = std::fill_n(to, zeros, '0');
  char* const significant = std::find_if(first, to, [](char c) { return c != '0'; });
  if (significant == to) {
    *out = '0';
    return arena.commit(1);
  }
  to = std::copy(significant, to, first);
  return arena.commit(static_cast<std::size_t>(to - out));
}

char* put(char* to, int number, int digits) {
  for (int i = digits - 1; i >= 0; --i) {
    to[i] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  return to + digits;
}

/// days_from_civil's inverse: http://howardhinnant.github.io/date_algorithms.html#civil_from_days
char* put_date(char* to, std::int64_t days_since_1970) {
  const std::int64_t z = days_since_1970 + 719468;
  const std::int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const auto of_era = static_cast<int>(z - era * 146097);
  const int year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int shifted = (5 * of_year + 2) / 153;
  const int day = of_year - (153 * shifted + 2) / 5 + 1;
  const int month = shifted < 10 ? shifted + 3 : shifted - 9;
  const int year = year_of_era + static_cast<int>(era) * 400 + (month <= 2 ? 1 : 0);
  to = put(to, year, 4);
  *to++ = '-';
  to = put(to, month, 2);
  *to++ = '-';
  return put(to, day, 2);
}

char* put_time(char* to, std::int64_t seconds) {
  to = put(to, static_cast<int>(seconds / 3600), 2);
  *to++ = ':';
  to = put(to, static_cast<int>(seconds / 60 % 60), 2);
  *to++ = ':';
  return put(to, static_cast<int>(seconds % 60), 2);
}

/// Days since 1970 of a serial's day. 1900 was no leap year, but serials count as if it had been.
std::int64_t day_of(std::int64_t serial, DateSystem system) {
  if (system == DateSystem::from_1904) return serial - 24107;
  return serial < kInventedDay ? serial - 25568 : serial - 25569;
}

std::string_view moment_text(std::int64_t serial, std::int64_t seconds, bool has_day,
                             DateSystem system, TextArena& arena) {
  char* const out = arena.reserve(32);
  char* to = out;
  if (has_day && serial == kInventedDay && system == DateSystem::from_1900) {
    constexpr std::string_view invented = "1900-02-29";
    to = std::copy(invented.begin(), invented.end(), to);
  } else if (has_day) {
    to = put_date(to, day_of(serial, system));
  }
  if (has_day && seconds > 0) *to++ = 'T';
  if (!has_day || seconds > 0) to = put_time(to, seconds);
  return arena.commit(static_cast<std::size_t>(to - out));
}

}  // namespace

std::string_view number_text(std::string_view value, TextArena& arena) {
  if (is_plain_integer(value) && value != "-0") return value;
  const std::string_view text = trimmed(value);
  const auto number = number_of(text);
  if (!number || text.size() > kLongestNumber) return text;
  if (const auto integer = integer_text(split_decimal(text), arena)) return *integer;
  char* const out = arena.reserve(kLongestNumber * 2);
  const auto written =
      std::to_chars(out, out + kLongestNumber * 2, *number, std::chars_format::fixed);
  if (written.ec != std::errc()) return text;
  return arena.commit(static_cast<std::size_t>(written.ptr - out));
}

std::string_view serial_text(std::string_view value, NumberKind kind, DateSystem system,
                             TextArena& arena) {
  std::int64_t serial = 0;
  std::int64_t seconds = 0;
  if (value.size() <= 7 && all_digits(value)) {
    std::from_chars(value.data(), value.data() + value.size(), serial);
  } else {
    const auto number = number_of(trimmed(value));
    if (!number || *number < 0 || *number > static_cast<double>(kLastSerial) + 1) {
      return number_text(value, arena);
    }
    serial = static_cast<std::int64_t>(*number);
    const double of_day = *number - static_cast<double>(serial);
    // 23:59:59.9 is still today.
    seconds = std::min<std::int64_t>(std::llround(of_day * kSecondsPerDay), kSecondsPerDay - 1);
  }
  const std::int64_t last = system == DateSystem::from_1904 ? kLastSerial - 1462 : kLastSerial;
  if (serial > last) return number_text(value, arena);
  // In the system of 1904, day 0 is a day like any other.
  const bool first_day = system == DateSystem::from_1904 && kind == NumberKind::date;
  return moment_text(serial, seconds, serial > 0 || first_day, system, arena);
}

std::string_view iso_date_text(std::string_view value) {
  const std::string_view text = trimmed(value);
  constexpr std::size_t kDateSize = 10;
  if (text.size() <= kDateSize || text[kDateSize] != 'T') return text;
  std::string_view time = text.substr(kDateSize + 1);
  if (!time.empty() && time.back() == 'Z') time.remove_suffix(1);
  const bool midnight = std::all_of(time.begin(), time.end(),
                                    [](char c) { return c == '0' || c == ':' || c == '.'; });
  return midnight ? text.substr(0, kDateSize) : text;
}

}  // namespace quarentena
