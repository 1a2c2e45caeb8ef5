#include <fmt/format.h>
#include <fmt/ranges.h>

#include "rules/dialect.h"

namespace quarentena {
namespace {

std::string quoted(std::string_view value, char quote) {
  std::string out(1, quote);
  for (char c : value) {
    if (c == quote) out += quote;
    out += c;
  }
  out += quote;
  return out;
}

// The words DuckDB cannot take bare are many; what looks like a plain lower-case name of ours is
// written bare so that the SQL reads well, anything else is quoted.
bool plain_name(std::string_view name) {
  static constexpr std::string_view kOurs[] = {"id_cliente", "email",       "telefone",
                                               "assunto",    "data_envio",  "data_base",
                                               "data_carga", "data_exclus", "dt_inclus"};
  for (auto ours : kOurs)
    if (ours == name) return true;
  return name.substr(0, 7) == "source_" &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

class DuckDb final : public Dialect {
 public:
  std::string identifier(std::string_view name) const override {
    return plain_name(name) ? std::string(name) : quoted(name, '"');
  }
  std::string text(std::string_view value) const override { return quoted(value, '\''); }
  std::string date(Date day) const override { return fmt::format("DATE '{}'", day.iso()); }

  // Ours, in C++, as is iso_date: engine/duckdb/text_functions.h says why.
  std::string trimmed(const std::string& x) const override { return fmt::format("trimmed({})", x); }

  std::string as_text(const std::string& x, ColumnType type) const override {
    switch (type) {
      case ColumnType::text:
        return x;
      case ColumnType::real:
        return fmt::format(
            "CASE WHEN {0} = trunc({0}) AND abs({0}) < 1e15 THEN CAST(CAST({0} AS BIGINT) AS "
            "VARCHAR) "
            "ELSE CAST({0} AS VARCHAR) END",
            x);
      default:
        return fmt::format("CAST({} AS VARCHAR)", x);
    }
  }

  std::string padded(const std::string& x, int width) const override {
    return fmt::format(
        "CASE WHEN length({0}) < {1} AND regexp_full_match({0}, '[0-9]+') THEN lpad({0}, {1}, '0') "
        "ELSE {0} END",
        x, width);
  }

  std::string iso_day(const std::string& x, const std::string& zone) const override {
    return fmt::format(
        "CASE WHEN strlen({0}) = 10 THEN iso_date({0}) "
        "WHEN regexp_full_match({0}, '{1}') THEN iso_date(left({0}, 10)) "
        "WHEN regexp_full_match({0}, '{1} ?(Z|[+-](0\\d|1[0-5])(:?[0-5]\\d)?)') AND "
        "iso_date(left({0}, 10)) IS NOT NULL "
        "THEN CAST(timezone({2}, try_cast("
        "left({0}, 16) || CASE WHEN substr({0}, 17, 1) = ':' THEN '' ELSE ':00' END || "
        "replace(substr({0}, 17), ' ', '') AS TIMESTAMPTZ)) AS DATE) END",
        x, R"(\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?)", text(zone));
  }

  std::string day_in_formats(const std::string& x, const std::vector<std::string>& formats,
                             const std::string& zone) const override {
    std::vector<std::string> tries;
    for (const auto& format : formats) {
      const bool zoned = format.find("%z") != std::string::npos;
      const auto parsed = fmt::format("try_strptime({}, {})", x, text(format));
      const auto day = fmt::format(
          "CAST({} AS DATE)", zoned ? fmt::format("timezone({}, {})", text(zone), parsed) : parsed);
      // %Y takes `24` for the year 24, whose contacts would all have expired: that is no date.
      tries.push_back(fmt::format("CASE WHEN {0} >= DATE '1000-01-01' THEN {0} END", day));
    }
    return tries.size() == 1 ? tries[0] : fmt::format("coalesce({})", fmt::join(tries, ", "));
  }

  std::string day_of(const std::string& x, ColumnType type,
                     const std::string& zone) const override {
    switch (type) {
      case ColumnType::date:
        return x;
      case ColumnType::instant:
        return fmt::format("CAST(timezone({}, {}) AS DATE)", text(zone), x);
      case ColumnType::utc_time:
        return fmt::format("CAST(timezone({}, timezone('UTC', {})) AS DATE)", text(zone), x);
      default:
        return fmt::format("CAST({} AS DATE)", x);
    }
  }

  std::string standard(const std::string& sql) const override { return sql; }

  std::string holds(const std::string& condition) const override {
    // A comment at its end must not swallow what follows.
    const bool comment = condition.find("--") != std::string::npos;
    return fmt::format("coalesce(TRY(({}{})), false)", condition, comment ? "\n" : "");
  }

  std::string structure(const std::vector<std::string>& names,
                        const std::vector<std::string>& values) const override {
    std::vector<std::string> fields;
    for (std::size_t i = 0; i < names.size(); ++i)
      fields.push_back(fmt::format("{} := {}", quoted(names[i], '"'), values[i]));
    return fmt::format("struct_pack({})", fmt::join(fields, ", "));
  }

  std::string days_between(const std::string& from, Date to) const override {
    return fmt::format("CAST({} - {} AS INTEGER)", date(to), from);
  }
  std::string plus_days(const std::string& x, int days) const override {
    return fmt::format("{} + {}", x, days);
  }
  std::string null_of(std::string_view standard_type) const override {
    return fmt::format("CAST(NULL AS {})", standard_type);
  }

  // Ours, in C++: engine/duckdb/leaves_last.h says why.
  std::string leaves_last(const std::string& leaves) const override {
    return fmt::format("leaves_last({}, email, telefone, assunto, source)", leaves);
  }
  std::string list_where(const std::string& x, const std::string& condition) const override {
    return fmt::format("list({}) FILTER (WHERE {})", x, condition);
  }
};

}  // namespace

const Dialect& duckdb_dialect() {
  static const DuckDb dialect;
  return dialect;
}

}  // namespace quarentena
