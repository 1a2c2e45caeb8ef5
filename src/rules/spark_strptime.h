#pragma once

#include <string>
#include <string_view>

namespace quarentena {

/// A Spark SQL literal of any text: backslashes, quotes and `${` (Spark's own substitution) are
/// written so that Spark reads them as themselves.
std::string spark_text(std::string_view value);

/// The SQL of a strptime format (the codes of config's `dates`) over the text `x`, with what
/// DuckDB's strptime takes and nothing more: numbers of one digit or more, English names in any
/// case, the whole text. Spark's own patterns take other things.
struct SparkStrptime {
  std::string fits;    ///< a condition: the text has the format's shape
  std::string day;     ///< then its day as written; NULL when there is no such day
  std::string moment;  ///< then the instant (a TIMESTAMP); empty when the format has no `%z`
};
SparkStrptime spark_strptime(const std::string& x, std::string_view format);

}  // namespace quarentena
