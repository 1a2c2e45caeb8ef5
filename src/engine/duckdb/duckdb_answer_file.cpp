#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/answer_file.h"
#include "engine/duckdb/database.h"

namespace quarentena {
namespace {

using duck::identifier;

const char* sql_type(AnswerType type) {
  switch (type) {
    case AnswerType::whole:
      return "BIGINT";
    case AnswerType::real:
      return "DOUBLE";
    case AnswerType::date:
      return "DATE";
    case AnswerType::truth:
      return "BOOLEAN";
    case AnswerType::text:
      break;
  }
  return "VARCHAR";
}

Status append(duck::Connection& connection, const std::vector<AnswerRow>& rows) {
  duckdb_appender appender = nullptr;
  bool done =
      duckdb_appender_create(connection.get(), nullptr, "answer", &appender) == DuckDBSuccess;
  for (const auto& row : rows) {
    for (const auto& value : row)
      done &= (value ? duckdb_append_varchar_length(appender, value->data(), value->size())
                     : duckdb_append_null(appender)) == DuckDBSuccess;
    done &= duckdb_appender_end_row(appender) == DuckDBSuccess;
  }
  done &= duckdb_appender_destroy(&appender) == DuckDBSuccess;
  if (done) return {};
  return fail(ErrorKind::machine, "the answer does not fit in memory");
}

}  // namespace

Status write_parquet(const std::vector<AnswerColumn>& columns, const std::vector<AnswerRow>& rows,
                     const std::filesystem::path& file) {
  TRY_ASSIGN(const auto database, duck::Database::open({1, {}}));
  TRY_ASSIGN(const auto connection, database->connect());
  std::vector<std::string> texts, typed;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    texts.push_back(fmt::format("c{} VARCHAR", c));
    typed.push_back(fmt::format("CAST(c{} AS {}) AS {}", c, sql_type(columns[c].type),
                                identifier(columns[c].name)));
  }
  TRY_STATUS(connection->run(fmt::format("CREATE TABLE answer ({})", fmt::join(texts, ", "))));
  TRY_STATUS(append(*connection, rows));
  return connection->run(
      fmt::format("COPY (SELECT {} FROM answer ORDER BY rowid) TO {} (FORMAT parquet)",
                  fmt::join(typed, ", "), duck::literal(file.string())));
}

}  // namespace quarentena
