#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/duckdb/database.h"
#include "engine/file_split.h"
#include "sources/format/column_match.h"

namespace quarentena {
namespace {

using duck::identifier;
using duck::literal;

const FileSplit& split_of(duckdb_function_info info) {
  return *static_cast<const FileSplit*>(duckdb_scalar_function_get_extra_info(info));
}

void judge(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const auto& split = split_of(info);
  const auto rows = static_cast<std::size_t>(duckdb_data_chunk_get_size(input));
  std::vector<std::vector<std::string_view>> texts(split.keys.size());
  for (std::size_t key = 0; key < texts.size(); ++key) {
    auto* vector = duckdb_data_chunk_get_vector(input, key);
    texts[key].resize(rows);
    for (std::size_t row = 0; row < rows; ++row)
      if (!duck::is_null(vector, row)) texts[key][row] = duck::text_at(vector, row);
  }
  split.judge(texts, rows, static_cast<std::int64_t*>(duckdb_vector_get_data(output)));
}

/// added(column, __code).
void added(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const auto& split = split_of(info);
  const auto* columns = static_cast<const std::int64_t*>(
      duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 0)));
  const auto* codes = static_cast<const std::int64_t*>(
      duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 1)));
  std::map<std::int64_t, std::array<std::string, 3>> known;
  for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); ++row) {
    auto found = known.find(codes[row]);
    if (found == known.end()) found = known.emplace(codes[row], split.values(codes[row])).first;
    const auto& text = found->second[static_cast<std::size_t>(columns[row])];
    duckdb_vector_assign_string_element_len(output, row, text.data(), text.size());
  }
}

Status add_function(duck::Connection& connection, const FileSplit& split, const char* name,
                    const std::vector<duckdb_type>& parameters, duckdb_type returns,
                    duckdb_scalar_function_t call) {
  auto* function = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(function, name);
  for (const auto parameter : parameters) {
    auto* type = duckdb_create_logical_type(parameter);
    duckdb_scalar_function_add_parameter(function, type);
    duckdb_destroy_logical_type(&type);
  }
  auto* type = duckdb_create_logical_type(returns);
  duckdb_scalar_function_set_return_type(function, type);
  duckdb_destroy_logical_type(&type);
  duckdb_scalar_function_set_special_handling(function);  // NULL is a text like others
  // DuckDB only hands it back.
  duckdb_scalar_function_set_extra_info(function, const_cast<FileSplit*>(&split), nullptr);
  duckdb_scalar_function_set_function(function, call);
  const auto state = duckdb_register_scalar_function(connection.get(), function);
  duckdb_destroy_scalar_function(&function);
  if (state == DuckDBError)
    return fail(ErrorKind::bug, fmt::format("DuckDB does not register {}", name));
  return {};
}

Result<std::vector<std::string>> columns_in(duck::Connection& connection,
                                            const std::filesystem::path& file) {
  TRY_ASSIGN(auto answer, connection.query(fmt::format(
                              "SELECT column_name FROM (DESCRIBE FROM read_parquet({}))",
                              literal(file.string()))));
  std::vector<std::string> out;
  answer.each_row([&](const auto& row) { out.push_back(row[0].value_or("")); });
  return out;
}

Error of_the_file(Error error, const std::filesystem::path& file) {
  if (error.kind != ErrorKind::config) return error;
  error.kind = ErrorKind::data;
  error.what =
      fmt::format("{}: {}", file.filename().string(), error.what.substr(0, error.what.find('\n')));
  return error;
}

class Splitter {
 public:
  Splitter(duck::Connection& connection, const FileSplit& split)
      : connection_(connection), split_(split) {}

  Result<std::map<std::int64_t, std::int64_t>> run() {
    TRY_STATUS(connection_.run("SET preserve_insertion_order = true"));
    const std::vector<duckdb_type> texts(split_.keys.size(), DUCKDB_TYPE_VARCHAR);
    TRY_STATUS(add_function(connection_, split_, "judge", texts, DUCKDB_TYPE_BIGINT, judge));
    TRY_STATUS(add_function(connection_, split_, "added", {DUCKDB_TYPE_BIGINT, DUCKDB_TYPE_BIGINT},
                            DUCKDB_TYPE_VARCHAR, added));
    TRY_STATUS(split_.format == FileSplit::Format::json ? show_json() : show_parquet());
    std::map<std::int64_t, std::int64_t> counts;
    TRY_ASSIGN(auto answer,
               connection_.query("SELECT __code::VARCHAR, count(*)::VARCHAR FROM judged "
                                 "GROUP BY __code"));
    answer.each_row([&](const auto& row) { counts[std::stoll(*row[0])] = std::stoll(*row[1]); });
    for (std::size_t output = 0; output < split_.outputs.size(); ++output) TRY_STATUS(copy(output));
    return counts;
  }

 private:
  Status show_parquet() {
    TRY_ASSIGN(const auto columns, columns_in(connection_, split_.file));
    TRY_ASSIGN(const auto places,
               match_columns(columns, split_.keys, split_.file.filename().string()));
    std::vector<std::string> keys;
    for (const auto place : places) keys.push_back(identifier(columns[place]) + "::VARCHAR");
    return connection_.run(fmt::format(
        "CREATE TEMP VIEW judged AS SELECT judge({}) AS __code, * FROM read_parquet({})",
        fmt::join(keys, ", "), literal(split_.file.string())));
  }

  Status show_json() {
    std::vector<std::string> keys;
    for (const auto& key : split_.keys) {
      std::string path = "$";
      for (std::size_t at = 0; at <= key.size();) {
        const auto end = std::min(key.find('.', at), key.size());
        path += ".\"" + key.substr(at, end - at) + '"';
        at = end + 1;
      }
      keys.push_back(fmt::format("json_extract_string(json, {})", literal(path)));
    }
    return connection_.run(fmt::format(
        "CREATE TEMP VIEW judged AS SELECT judge({}) AS __code, translate(trim(json::VARCHAR, ' ' "
        "|| chr(9) || chr(10) || chr(13)), chr(10) || chr(13), '  ') AS json FROM "
        "read_json_objects({}, format = 'auto', maximum_object_size = 33554432)",
        fmt::join(keys, ", "), literal(split_.file.string())));
  }

  Status copy(std::size_t output) {
    const bool blocked = output == 1;
    const auto rows = fmt::format("FROM judged WHERE __code & 3 = {}", output);
    if (split_.format == FileSplit::Format::parquet)
      return connection_.run(fmt::format(
          "COPY (SELECT * EXCLUDE (__code){} {}) TO {} (FORMAT parquet)",
          blocked ? fmt::format(", nullif(added(0, __code), '') AS {}, nullif(added(1, __code), "
                                "'')::DATE AS {}, nullif(added(2, __code), '') AS {}",
                                identifier(split_.added[0]), identifier(split_.added[1]),
                                identifier(split_.added[2]))
                  : "",
          rows, literal(split_.outputs[output].string())));
    const auto more = fmt::format(
        "left(json, -1) || CASE WHEN json = '{{}}' THEN '' ELSE ',' END || "
        "substr(json_object({}, nullif(added(0, __code), ''), {}, nullif(added(1, __code), ''), "
        "{}, "
        "nullif(added(2, __code), ''))::VARCHAR, 2)",
        literal(split_.added[0]), literal(split_.added[1]), literal(split_.added[2]));
    // One column that is written as it is: the separator is a byte that JSON text never holds.
    return connection_.run(fmt::format(
        "COPY (SELECT {} AS line {}) TO {} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', "
        "DELIMITER '\x01')",
        blocked ? more : "json", rows, literal(split_.outputs[output].string())));
  }

  duck::Connection& connection_;
  const FileSplit& split_;
};

}  // namespace

Result<std::vector<std::string>> parquet_columns(const std::filesystem::path& file) {
  TRY_ASSIGN(const auto database, duck::Database::open({1, {}}));
  TRY_ASSIGN(const auto connection, database->connect());
  auto columns = columns_in(*connection, file);
  if (!columns) return tl::unexpected<Error>(of_the_file(columns.error(), file));
  return columns;
}

Result<std::map<std::int64_t, std::int64_t>> split_file(const FileSplit& split) {
  TRY_ASSIGN(const auto database,
             duck::Database::open({split.threads, split.outputs[0].string() + ".spill"}));
  TRY_ASSIGN(const auto connection, database->connect());
  auto counts = Splitter(*connection, split).run();
  if (!counts) return tl::unexpected<Error>(of_the_file(counts.error(), split.file));
  return counts;
}

}  // namespace quarentena
