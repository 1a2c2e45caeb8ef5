#include "rules/spark_strptime.h"

#include <fmt/format.h>

#include <cctype>

namespace quarentena {
namespace {

// Java's possessive quantifiers: strptime takes as many digits as it may and never gives one back.
constexpr std::string_view kTwoDigits = R"((\d{1,2}+))";
constexpr std::string_view kHour = R"((?!2[4-9]|[3-9]\d)(\d{1,2}+))";
constexpr std::string_view kHour12 = R"((?!00|0(?!\d)|1[3-9]|[2-9]\d)(\d{1,2}+))";
constexpr std::string_view kSixty = R"((?![6-9]\d)(\d{1,2}+))";
constexpr std::string_view kMonthShort = "((?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))";
constexpr std::string_view kMonthLong =
    "((?i:january|february|march|april|may|june|july|august|september|october|november|december))";
constexpr std::string_view kDayShort = "((?i:mon|tue|wed|thu|fri|sat|sun))";
constexpr std::string_view kDayLong =
    "((?i:monday|tuesday|wednesday|thursday|friday|saturday|sunday))";
constexpr std::string_view kOffset = R"(([+-]\d\d(?::?\d\d(?::\d\d)?)?))";

std::string_view pattern_of(char code) {
  switch (code) {
    case 'Y':
      return R"((\d{1,4}+))";
    case 'j':
      return R"((?!0{1,3}(?!\d)|36[7-9]|3[7-9]\d|[4-9]\d\d)(\d{1,3}+))";
    case 'f':
      return R"((\d{1,6}+))";
    case 'b':
      return kMonthShort;
    case 'B':
      return kMonthLong;
    case 'a':
      return kDayShort;
    case 'A':
      return kDayLong;
    case 'H':
      return kHour;
    case 'I':
      return kHour12;
    case 'M':
    case 'S':
      return kSixty;
    case 'p':
      return "((?i:am|pm))";
    case 'z':
      return kOffset;
    default:
      return kTwoDigits;  // y, m, d
  }
}

/// The format as a regular expression, and which of its groups holds which code: the last one, as
/// the last one counts.
class Reader {
 public:
  explicit Reader(std::string_view format) {
    for (std::size_t i = 0; i < format.size(); ++i) {
      const auto c = format[i];
      if (std::isspace(static_cast<unsigned char>(c)) != 0) {
        if (!regex_.ends_with(R"(\s++)")) regex_ += R"(\s++)";
      } else if (c != '%' || format[++i] == '%') {
        literal(c);
      } else {
        group_of_[static_cast<unsigned char>(format[i])] = ++groups_;
        regex_ += pattern_of(format[i]);
      }
    }
    regex_ = R"(\A\s*+)" + regex_ + R"(\s*+\z)";
  }

  const std::string& regex() const { return regex_; }
  bool has(char code) const { return group_of_[static_cast<unsigned char>(code)] != 0; }
  std::string text(const std::string& x, char code) const {
    return fmt::format("regexp_extract({}, {}, {})", x, spark_text(regex_),
                       group_of_[static_cast<unsigned char>(code)]);
  }
  std::string number(const std::string& x, char code) const {
    return fmt::format("try_cast({} AS INT)", text(x, code));
  }

 private:
  void literal(char c) {
    const bool plain =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80;
    if (!plain) regex_ += '\\';
    regex_ += c;
  }

  std::string regex_;
  int groups_ = 0;
  int group_of_[256] = {};
};

std::string year_of(const std::string& x, const Reader& read) {
  if (read.has('Y')) return fmt::format("lpad({}, 4, '0')", read.text(x, 'Y'));
  // As Python: 69 is 1969, 68 is 2068.
  return fmt::format("CAST(CASE WHEN {0} >= 69 THEN 1900 ELSE 2000 END + {0} AS STRING)",
                     read.number(x, 'y'));
}

std::string month_of(const std::string& x, const Reader& read) {
  if (read.has('m')) return read.text(x, 'm');
  const auto name = read.text(x, read.has('b') ? 'b' : 'B');
  return fmt::format(
      "CAST((instr('janfebmaraprmayjunjulaugsepoctnovdec', lower(left({}, 3))) + 2) DIV 3 AS "
      "STRING)",
      name);
}

std::string day_of(const std::string& x, const Reader& read) {
  const auto year = year_of(x, read);
  // A day of the year counts only where nothing else tells the day.
  if (read.has('d') || read.has('m'))
    return fmt::format("try_cast(concat({}, '-', {}, '-', {}) AS DATE)", year,
                       read.has('m') || read.has('b') || read.has('B') ? month_of(x, read) : "'1'",
                       read.has('d') ? read.text(x, 'd') : "'1'");
  return fmt::format("date_add(try_cast(concat({}, '-01-01') AS DATE), {} - 1)", year,
                     read.number(x, 'j'));
}

/// Seconds since the day began, of the clock that the text shows.
std::string seconds_of(const std::string& x, const Reader& read) {
  std::string hours = "0";
  if (read.has('H')) hours = read.number(x, 'H');
  if (read.has('I'))
    hours = fmt::format("({} % 12 + CASE WHEN lower({}) = 'pm' THEN 12 ELSE 0 END)",
                        read.number(x, 'I'), read.text(x, 'p'));
  return fmt::format("{} * 3600 + {} * 60 + {}", hours, read.has('M') ? read.number(x, 'M') : "0",
                     read.has('S') ? read.number(x, 'S') : "0");
}

std::string offset_of(const std::string& x, const Reader& read) {
  const auto digits =
      fmt::format("rpad(regexp_replace(substr({}, 2), ':', ''), 6, '0')", read.text(x, 'z'));
  return fmt::format(
      "CASE WHEN {0} LIKE '-%' THEN -1 ELSE 1 END * (try_cast(substr({1}, 1, 2) AS INT) * 3600 + "
      "try_cast(substr({1}, 3, 2) AS INT) * 60 + try_cast(substr({1}, 5, 2) AS INT))",
      read.text(x, 'z'), digits);
}

}  // namespace

std::string spark_text(std::string_view value) {
  std::string out = "'";
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '$' && value.substr(i + 1, 1) == "{") {
      out += R"(\u0024)";
      continue;
    }
    if (value[i] == '\'' || value[i] == '\\') out += '\\';
    out += value[i];
  }
  return out + "'";
}

SparkStrptime spark_strptime(const std::string& x, std::string_view format) {
  const Reader read(format);
  SparkStrptime out;
  out.fits = fmt::format("{} RLIKE {}", x, spark_text(read.regex()));
  out.day = day_of(x, read);
  if (read.has('z'))
    out.moment = fmt::format("timestamp_seconds(unix_date({}) * 86400L + ({}) - ({}))", out.day,
                             seconds_of(x, read), offset_of(x, read));
  return out;
}

}  // namespace quarentena
