#include "engine/duckdb/parquet_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace quarentena::duck {
namespace {

using Json = nlohmann::json;

// A dictionary pays for assunto and days; ids, e-mails and phones are given up on early.
constexpr int kDictionaryLimit = 10'000;

constexpr std::string_view kPersonal[] = {"email", "telefone", "assunto"};

/// What COPY ... RETURN_STATS answers for its one file.
struct Written {
  std::int64_t rows = 0;
  std::int64_t size_bytes = 0;
  Json columns = Json::object();  // name -> {min, max, null_count, ...} as text
};

std::string_view key_of(duckdb_vector map_entries, std::size_t at) {
  return text_at(duckdb_struct_vector_get_child(map_entries, 0), at);
}

std::string unquoted(std::string_view name) {
  if (name.size() < 2 || name.front() != '"') return std::string(name);
  std::string out;
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    if (name[i] == '"' && name[i + 1] == '"') ++i;
    out += name[i];
  }
  return out;
}

/// MAP(VARCHAR, MAP(VARCHAR, VARCHAR)): DuckDB lays a map out as a list of struct(key, value).
Json statistics(duckdb_vector vector) {
  Json out = Json::object();
  const auto outer = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(vector))[0];
  auto* columns = duckdb_list_vector_get_child(vector);
  auto* inner_maps = duckdb_struct_vector_get_child(columns, 1);
  auto* inner = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(inner_maps));
  auto* entries = duckdb_list_vector_get_child(inner_maps);
  for (auto c = outer.offset; c < outer.offset + outer.length; ++c) {
    Json column = Json::object();
    for (auto e = inner[c].offset; e < inner[c].offset + inner[c].length; ++e)
      column[std::string(key_of(entries, e))] =
          std::string(text_at(duckdb_struct_vector_get_child(entries, 1), e));
    out[unquoted(key_of(columns, c))] = std::move(column);
  }
  return out;
}

Written read_stats(Answer& answer) {
  Written out;
  duckdb_data_chunk chunk = duckdb_fetch_chunk(*answer.get());
  if (!chunk) return out;
  const auto number = [&](idx_t column) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t*>(
        duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, column)))[0]);
  };
  out.rows = number(1);
  out.size_bytes = number(2);
  out.columns = statistics(duckdb_data_chunk_get_vector(chunk, 4));
  duckdb_destroy_data_chunk(&chunk);
  return out;
}

std::string delta_stats(const Written& written) {
  Json low = Json::object(), high = Json::object(), nulls = Json::object();
  for (const auto& item : written.columns.items()) {
    const std::string& name = item.key();
    const Json& column = item.value();
    const auto null_count = std::stoll(column.value("null_count", "0"));
    nulls[name] = null_count;
    const bool personal =
        std::find(std::begin(kPersonal), std::end(kPersonal), name) != std::end(kPersonal);
    if (personal || null_count == written.rows || !column.contains("min") ||
        !column.contains("max"))
      continue;
    const bool integer = name == "qtd_dias";
    const auto value = [&](const char* key) {
      const auto text = column.at(key).get<std::string>();
      return integer ? Json(std::stoll(text)) : Json(text);
    };
    low[name] = value("min");
    high[name] = value("max");
  }
  return Json{
      {"numRecords", written.rows}, {"minValues", low}, {"maxValues", high}, {"nullCount", nulls}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Of each file its columns' row groups together. A row group whose footer has no bounds for its
/// values leaves the column without.
constexpr const char* kFooters =
    "SELECT file_name, path_in_schema, CAST(sum(num_values) AS VARCHAR), "
    "CAST(sum(stats_null_count) AS VARCHAR), "
    "CASE WHEN path_in_schema = 'qtd_dias' THEN CAST(min(TRY_CAST(low AS INTEGER)) AS VARCHAR) "
    "ELSE min(low) END, "
    "CASE WHEN path_in_schema = 'qtd_dias' THEN CAST(max(TRY_CAST(high AS INTEGER)) AS VARCHAR) "
    "ELSE max(high) END, "
    "CAST(bool_or((low IS NULL OR high IS NULL) AND stats_null_count IS DISTINCT FROM num_values) "
    "AS VARCHAR) "
    "FROM (SELECT *, stats_min_value AS low, stats_max_value AS high FROM parquet_metadata({})) "
    "GROUP BY 1, 2 ORDER BY 1, 2";

NewFile file_of(const std::filesystem::path& path, const Written& written) {
  NewFile out;
  out.path = path.filename().string();
  out.size_bytes = written.size_bytes;
  out.modified_ms = now_ms();
  out.stats_json = delta_stats(written);
  return out;
}

}  // namespace

Result<std::vector<NewFile>> written_elsewhere(Connection& connection,
                                               const std::filesystem::path& folder) {
  std::vector<NewFile> out;
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error);
  const bool any = !error && std::any_of(begin(entries), end(entries), [](const auto& entry) {
    return entry.path().extension() == ".parquet";
  });
  if (!any) return out;
  TRY_ASSIGN(auto answer,
             connection.query(fmt::format(kFooters, literal((folder / "*.parquet").string()))));
  std::map<std::string, Written> files;
  answer.each_row([&](const auto& row) {
    auto& written = files[row[0].value()];
    written.rows = std::stoll(row[2].value_or("0"));
    auto& column = written.columns[row[1].value()] = Json::object();
    column["null_count"] = row[3].value_or("0");
    if (row[6] == "true" || !row[4] || !row[5]) return;
    column["min"] = *row[4];
    column["max"] = *row[5];
  });
  for (auto& [name, written] : files) {
    if (written.rows == 0) continue;
    written.size_bytes = static_cast<std::int64_t>(std::filesystem::file_size(name, error));
    out.push_back(file_of(name, written));
  }
  return out;
}

std::int64_t rows_in(const std::vector<NewFile>& files) {
  std::int64_t rows = 0;
  for (const auto& file : files)
    rows += Json::parse(file.stats_json).at("numRecords").get<std::int64_t>();
  return rows;
}

Result<NewFile> write_parquet(Connection& connection, const std::string& sql,
                              const std::filesystem::path& file) {
  TRY_ASSIGN(auto answer,
             connection.query(fmt::format(
                 "COPY ({}) TO {} (FORMAT parquet, RETURN_STATS, DICTIONARY_SIZE_LIMIT {})", sql,
                 literal(file.string()), kDictionaryLimit)));
  return file_of(file, read_stats(answer));
}

}  // namespace quarentena::duck
