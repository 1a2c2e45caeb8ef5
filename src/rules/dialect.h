#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.h"

/// What differs between the SQL of one engine and another. The rules (rules.h) compose these pieces
/// and write no text of their own that only one engine can read. Pure: no I/O, no engine.
namespace quarentena {

/// How a delivered column's values are to be understood.
enum class ColumnType {
  text,
  integer,
  real,  ///< float or double: whole numbers are written without `.0`
  date,
  local_time,  ///< a timestamp without zone: its own day counts
  instant,     ///< a timestamp with zone: its day in the plan's zone counts
  utc_time,    ///< a timestamp the engine reads without zone but which means UTC (Parquet INT96)
  other,       ///< anything else: its text counts
};

class Dialect {
 public:
  virtual ~Dialect() = default;

  virtual std::string identifier(std::string_view name) const = 0;
  virtual std::string text(std::string_view value) const = 0;
  virtual std::string date(Date day) const = 0;

  /// Text without outer blanks; empty becomes NULL.
  virtual std::string trimmed(const std::string& x) const = 0;
  /// Any value as the text a person would write: no `.0`, no exponent for whole numbers.
  virtual std::string as_text(const std::string& x, ColumnType type) const = 0;
  /// Digits shorter than `width` get their leading zeros back; other text is left alone.
  virtual std::string padded(const std::string& x, int width) const = 0;
  /// ISO 8601 text to a DATE, NULL when it is not that: `2024-05-28`, or with a time; with a zone
  /// (`Z`, `+03:00`) the day is the one in `zone`.
  virtual std::string iso_day(const std::string& x, const std::string& zone) const = 0;
  /// Text in the first strptime format that fits to a DATE, NULL when none does.
  virtual std::string day_in_formats(const std::string& x, const std::vector<std::string>& formats,
                                     const std::string& zone) const = 0;
  /// A value of a date or timestamp type to a DATE.
  virtual std::string day_of(const std::string& x, ColumnType type,
                             const std::string& zone) const = 0;
  /// SQL with standard quotes ("a name", 'a text' whose backslashes are themselves) in the
  /// engine's.
  virtual std::string standard(const std::string& sql) const = 0;
  /// A condition a user wrote, with standard quotes: false when it is NULL or cannot be evaluated
  /// for the row.
  virtual std::string holds(const std::string& condition) const = 0;
  /// A struct of fields `names` with values `values`.
  virtual std::string structure(const std::vector<std::string>& names,
                                const std::vector<std::string>& values) const = 0;
  /// Days from the date `from` to the day `to`, as INT.
  virtual std::string days_between(const std::string& from, Date to) const = 0;
  virtual std::string plus_days(const std::string& x, int days) const = 0;
  virtual std::string null_of(std::string_view standard_type) const = 0;

  /// Aggregate: of a group's rows the one with the latest `leaves` (a date, NULL last), then the
  /// smallest (email, telefone, assunto), NULLs last, then the first source. A struct with those
  /// texts, `leaves` as data_envio, and source.
  virtual std::string leaves_last(const std::string& leaves) const = 0;
  /// Aggregate: the values of `x` for the rows where `condition` holds, as a list.
  virtual std::string list_where(const std::string& x, const std::string& condition) const = 0;
};

const Dialect& duckdb_dialect();
/// Of sessions with `spark.sql.ansi.enabled` off and the time zone UTC.
const Dialect& spark_dialect();

}  // namespace quarentena
