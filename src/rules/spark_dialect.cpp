#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>

#include "rules/dialect.h"
#include "rules/spark_strptime.h"

namespace quarentena {
namespace {

std::string backticked(std::string_view name) {
  std::string out = "`";
  for (const char c : name) {
    if (c == '`') out += '`';
    out += c;
  }
  return out + "`";
}

/// What stands between the quotes at `at` (doubled ones are one of them); `at` moves behind them.
std::string unquoted(std::string_view sql, std::size_t& at) {
  const char quote = sql[at];
  std::string out;
  for (++at; at < sql.size(); ++at) {
    if (sql[at] == quote && sql.substr(at + 1, 1) != std::string_view(&quote, 1)) break;
    if (sql[at] == quote) ++at;
    out += sql[at];
  }
  ++at;
  return out;
}

bool is_in_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// The word of a `CAST(` stands at `at`.
bool is_cast(std::string_view sql, std::size_t at) {
  constexpr std::string_view kCast = "cast";
  if (at > 0 && is_in_name(sql[at - 1])) return false;
  for (const char c : kCast)
    if (at == sql.size() || std::tolower(static_cast<unsigned char>(sql[at++])) != c) return false;
  const auto next = sql.find_first_not_of(" \t\r\n", at);
  return next != std::string_view::npos && sql[next] == '(';
}

/// A condition in standard SQL with Spark's quotes: "name" is a name and not a text, and a
/// backslash is itself. What cannot be cast is NULL, also where the session's ansi mode is on.
std::string requoted(std::string_view sql) {
  std::string out;
  for (std::size_t at = 0; at < sql.size();) {
    if (sql.substr(at, 2) == "--") {
      const auto end = std::min(sql.find('\n', at), sql.size());
      out += sql.substr(at, end - at);
      at = end;
    } else if (sql[at] == '"') {
      out += backticked(unquoted(sql, at));
    } else if (sql[at] == '\'') {
      out += spark_text(unquoted(sql, at));
    } else if (is_cast(sql, at)) {
      out += "try_";
      out += sql.substr(at, 4);
      at += 4;
    } else {
      out += sql[at++];
    }
  }
  return out;
}

std::string matches(const std::string& x, std::string_view regex) {
  return fmt::format("{} RLIKE {}", x, spark_text(fmt::format(R"(\A(?:{})\z)", regex)));
}

constexpr std::string_view kDay = R"(\d{4}-\d\d-\d\d)";
constexpr std::string_view kTime = R"([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?)";
constexpr std::string_view kZone = R"( ?(Z|[+-](0\d|1[0-5])(:?[0-5]\d)?))";

class Spark final : public Dialect {
 public:
  std::string identifier(std::string_view name) const override { return backticked(name); }
  std::string text(std::string_view value) const override { return spark_text(value); }
  std::string date(Date day) const override { return fmt::format("DATE '{}'", day.iso()); }

  std::string trimmed(const std::string& x) const override {
    return fmt::format(R"(nullif(trim(BOTH ' \t\r\n' FROM {}), ''))", x);
  }

  std::string as_text(const std::string& x, ColumnType type) const override {
    switch (type) {
      case ColumnType::text:
        return x;
      case ColumnType::real:
        // Java writes 12345678.5 as 1.23456785E7, which nobody would.
        return fmt::format(
            "CASE WHEN {0} % 1 = 0 AND abs({0}) < 1e15 THEN CAST(CAST({0} AS BIGINT) AS STRING) "
            "WHEN isnan({0}) THEN 'nan' "
            "WHEN typeof({0}) NOT LIKE 'decimal%' AND abs({0}) >= 1e-4 AND abs({0}) < 1e15 THEN "
            "regexp_replace(CAST(CAST({0} AS DECIMAL(38, 22)) AS STRING), '0+$', '') "
            "ELSE CAST({0} AS STRING) END",
            x);
      default:
        return fmt::format("CAST({} AS STRING)", x);
    }
  }

  std::string padded(const std::string& x, int width) const override {
    return fmt::format("CASE WHEN length({0}) < {1} AND {2} THEN lpad({0}, {1}, '0') ELSE {0} END",
                       x, width, matches(x, "[0-9]+"));
  }

  std::string iso_day(const std::string& x, const std::string& zone) const override {
    return fmt::format(
        "CASE WHEN {} THEN {} WHEN {} THEN {} WHEN {} AND {} IS NOT NULL THEN {} "
        "END",
        matches(x, kDay), iso_date(x), matches(x, fmt::format("{}{}", kDay, kTime)), iso_date(x),
        matches(x, fmt::format("{}{}{}", kDay, kTime, kZone)), iso_date(x),
        day_in(zone, iso_moment(x)));
  }

  std::string day_in_formats(const std::string& x, const std::vector<std::string>& formats,
                             const std::string& zone) const override {
    std::vector<std::string> tries;
    for (const auto& format : formats) {
      const auto read = spark_strptime(x, format);
      const auto day = read.moment.empty() ? read.day : day_in(zone, read.moment);
      // %Y takes `24` for the year 24, whose contacts would all have expired: that is no date.
      tries.push_back(
          fmt::format("CASE WHEN {0} AND {1} >= DATE '1000-01-01' THEN {1} END", read.fits, day));
    }
    return tries.size() == 1 ? tries[0] : fmt::format("coalesce({})", fmt::join(tries, ", "));
  }

  std::string day_of(const std::string& x, ColumnType type,
                     const std::string& zone) const override {
    switch (type) {
      case ColumnType::date:
        return x;
      case ColumnType::instant:
        return day_in(zone, x);
      case ColumnType::utc_time:
        return day_in(zone, fmt::format("CAST({} AS TIMESTAMP)", x));
      default:
        return fmt::format("CAST({} AS DATE)", x);
    }
  }

  std::string standard(const std::string& sql) const override { return requoted(sql); }

  // The session's ansi mode is off: what cannot be evaluated is NULL.
  std::string holds(const std::string& condition) const override {
    // A comment at its end must not swallow what follows.
    const bool comment = condition.find("--") != std::string::npos;
    return fmt::format("coalesce(({}{}), false)", requoted(condition), comment ? "\n" : "");
  }

  std::string structure(const std::vector<std::string>& names,
                        const std::vector<std::string>& values) const override {
    std::vector<std::string> fields;
    for (std::size_t i = 0; i < names.size(); ++i)
      fields.push_back(fmt::format("{}, {}", text(names[i]), values[i]));
    return fmt::format("named_struct({})", fmt::join(fields, ", "));
  }

  std::string days_between(const std::string& from, Date to) const override {
    return fmt::format("datediff({}, {})", date(to), from);
  }
  std::string plus_days(const std::string& x, int days) const override {
    return fmt::format("date_add({}, {})", x, days);
  }
  std::string null_of(std::string_view standard_type) const override {
    return fmt::format("CAST(NULL AS {})",
                       standard_type == "VARCHAR" ? std::string_view("STRING") : standard_type);
  }

  // Structs compare by their fields in order, texts by bytes and NULL before anything else.
  std::string leaves_last(const std::string& leaves) const override {
    return fmt::format(
        "min(named_struct('days_left', coalesce(-unix_date({0}), 2147483647), "
        "'no_email', email IS NULL, 'email', email, 'no_telefone', telefone IS NULL, "
        "'telefone', telefone, 'no_assunto', assunto IS NULL, 'assunto', assunto, "
        "'source', source, 'data_envio', {0}))",
        leaves);
  }
  std::string list_where(const std::string& x, const std::string& condition) const override {
    return fmt::format("collect_list({}) FILTER (WHERE {})", x, condition);
  }

 private:
  static std::string day_in(const std::string& zone, const std::string& moment) {
    return fmt::format("CAST(from_utc_timestamp({}, {}) AS DATE)", moment, spark_text(zone));
  }

  /// Of a text that begins as an ISO date. Spark has a year 0.
  static std::string iso_date(const std::string& x) {
    return fmt::format("CASE WHEN {0} NOT LIKE '0000%' THEN try_cast(left({0}, 10) AS DATE) END",
                       x);
  }

  /// Of a text that is an ISO date, a time and a zone.
  static std::string iso_moment(const std::string& x) {
    const auto zone = fmt::format(
        "rpad(translate(regexp_extract({}, '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0')", x);
    return fmt::format(
        "timestamp_seconds(unix_date(try_cast(left({0}, 10) AS DATE)) * 86400L + "
        "try_cast(substr({0}, 12, 2) AS INT) * 3600 + try_cast(substr({0}, 15, 2) AS INT) * 60 + "
        "CASE WHEN substr({0}, 17, 1) = ':' THEN try_cast(substr({0}, 18, 2) AS INT) ELSE 0 END - "
        "CASE WHEN {1} LIKE '-%' THEN -60 ELSE 60 END * "
        "(try_cast(substr({1}, 2, 2) AS INT) * 60 + try_cast(substr({1}, 4, 2) AS INT)))",
        x, zone);
  }
};

}  // namespace

const Dialect& spark_dialect() {
  static const Spark dialect;
  return dialect;
}

}  // namespace quarentena
