#include "engine/duckdb/relation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/duckdb/only_columns.h"
#include "engine/table_query.h"
#include "sources/format/column_match.h"

namespace quarentena::duck {
namespace {

using Json = nlohmann::json;

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

std::string joined(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, "."));
}

/// Adds a path unless it is there already; names differ by more than case, as in SQL.
void add_once(std::vector<std::string>& paths, const std::string& path) {
  if (std::none_of(paths.begin(), paths.end(), [&](const auto& p) { return same_name(p, path); }))
    paths.push_back(path);
}

void collect_columns(const Json& node, std::vector<std::vector<std::string>>& out) {
  if (node.is_object()) {
    if (node.value("class", "") == "COLUMN_REF")
      out.push_back(node.at("column_names").get<std::vector<std::string>>());
    for (const auto& child : node) collect_columns(child, out);
  } else if (node.is_array()) {
    for (const auto& child : node) collect_columns(child, out);
  }
}

ColumnType type_of(const std::string& duckdb_type) {
  static const std::map<std::string, ColumnType> kTypes = {
      {"VARCHAR", ColumnType::text},
      {"DATE", ColumnType::date},
      {"TINYINT", ColumnType::integer},
      {"SMALLINT", ColumnType::integer},
      {"INTEGER", ColumnType::integer},
      {"BIGINT", ColumnType::integer},
      {"HUGEINT", ColumnType::integer},
      {"UTINYINT", ColumnType::integer},
      {"USMALLINT", ColumnType::integer},
      {"UINTEGER", ColumnType::integer},
      {"UBIGINT", ColumnType::integer},
      {"FLOAT", ColumnType::real},
      {"DOUBLE", ColumnType::real},
      {"TIMESTAMP", ColumnType::local_time},
      {"TIMESTAMP_NS", ColumnType::local_time},
      {"TIMESTAMP_MS", ColumnType::local_time},
      {"TIMESTAMP_S", ColumnType::local_time},
      {"TIMESTAMP WITH TIME ZONE", ColumnType::instant},
  };
  // DECIMAL(10,2) holds an id 123 as 123.00, of which the zeros are nobody's.
  if (duckdb_type.starts_with("DECIMAL(")) return ColumnType::real;
  const auto found = kTypes.find(duckdb_type);
  return found == kTypes.end() ? ColumnType::other : found->second;
}

/// One of its files begins as Parquet and does not end so.
bool cut_parquet(const Delivery& delivery) {
  constexpr std::string_view kMagic = "PAR1";
  std::vector<std::filesystem::path> paths;
  for (const auto& file : delivery.files) paths.emplace_back(file.path);
  if (delivery.delta && !delivery.delta->store)
    for (const auto& file : delivery.delta->files) paths.emplace_back(file.path);
  return std::any_of(paths.begin(), paths.end(), [&](const auto& path) {
    std::ifstream in(path, std::ios::binary);
    std::string first(kMagic.size(), ' '), last(kMagic.size(), ' ');
    in.read(first.data(), static_cast<std::streamsize>(first.size()));
    in.seekg(-static_cast<std::streamoff>(last.size()), std::ios::end);
    in.read(last.data(), static_cast<std::streamsize>(last.size()));
    return first == kMagic && last != kMagic;
  });
}

bool has_hive_folders(const Delivery& delivery) {
  if (delivery.root.empty()) return false;
  const auto inside = delivery.files.front().path.lexically_relative(delivery.root);
  for (const auto& part : inside.parent_path())
    if (part.string().find('=') != std::string::npos) return true;
  return false;
}

}  // namespace

Result<std::vector<std::vector<std::string>>> columns_read_by(Connection& connection,
                                                              const std::string& condition) {
  std::vector<std::vector<std::string>> out;
  if (condition.empty()) return out;
  TRY_ASSIGN(auto answer, connection.query(fmt::format(
                              "SELECT json_serialize_sql({})::VARCHAR",
                              literal(fmt::format("SELECT 1 WHERE ({}\n)", condition)))));
  const auto row = answer.first_row();
  const auto tree = Json::parse(row.at(0).value_or("{}"), nullptr, false);
  if (tree.value("error", true) || tree.value("statements", Json::array()).size() != 1)
    return fail(ErrorKind::config,
                fmt::format("`where: {}` is not one SQL condition: {}", condition,
                            tree.value("error_message", std::string("it has several statements"))));
  collect_columns(tree, out);
  std::erase_if(out, [](const auto& parts) {
    return parts.size() == 1 && same_name(parts[0], "data_carga");
  });
  return out;
}

Result<std::unique_ptr<DeliveredRelation>> DeliveredRelation::create(
    Connection& connection, const SourceLoad& load, std::size_t position,
    const std::string& only_id_cliente) {
  std::unique_ptr<DeliveredRelation> relation(new DeliveredRelation(load));
  relation->only_id_cliente_ = only_id_cliente;
  auto& rules = relation->rules_;
  rules.source = load.source;
  rules.as_of = load.as_of;
  rules.period = load.period;
  rules.sent = load.sent;
  rules.relation.name = "source_" + load.source->name;
  if (position > 0) rules.relation.name += fmt::format("_{}", position + 1);
  if (auto status = relation->open(connection); !status) {
    return tl::unexpected<Error>(relation->ours(std::move(status.error())));
  }
  return relation;
}

Status DeliveredRelation::open(Connection& connection) {
  if (load_.progress) load_.progress->started = true;
  if (load_.delivery->delta) return open_delta(connection);
  if (std::holds_alternative<ParquetOptions>(load_.source->format)) {
    std::vector<std::string> paths;
    for (const auto& file : load_.delivery->files) paths.push_back(file.path.string());
    return open_parquet(connection, "[" + sql_texts(paths) + "]",
                        has_hive_folders(*load_.delivery));
  }
  return open_rows_format(connection);
}

std::vector<std::string> DeliveredRelation::mapped_columns() const {
  std::vector<std::string> paths;
  for (const auto* mapping : load_.source->mappings())
    if (!mapping->constant) add_once(paths, mapping->column);
  return paths;
}

/// csv and sheets offer named columns, of which `where` may read any; json offers whatever path is
/// asked for.
Status DeliveredRelation::open_rows_format(Connection& connection) {
  TRY_ASSIGN(const auto where, columns_read_by(connection, load_.source->where));
  TRY_ASSIGN(const auto offered,
             columns_of(load_.delivery->files.front().path, load_.source->format));
  auto wanted = mapped_columns();
  if (offered) {
    found_ = *offered;
    const auto file = load_.delivery->files.front().path.string();
    TRY_ASSIGN([[maybe_unused]] const auto places, match_columns(found_, wanted, file));
  }
  for (const auto& parts : where) {
    const auto path = joined(parts);
    const bool there =
        !offered || std::any_of(offered->begin(), offered->end(),
                                [&](const auto& name) { return same_name(name, path); });
    if (!there) continue;  // not a column: DuckDB says what it thinks of it
    add_once(wanted, path);
    const auto same = std::find_if(wanted.begin(), wanted.end(),
                                   [&](const auto& p) { return same_name(p, path); });
    rules_.where_columns.push_back(*same);
  }
  rows_.files = load_.delivery->files;
  rows_.format = load_.source->format;
  rows_.columns = wanted;
  rows_.progress = load_.progress;
  leave_out_others();
  for (const auto& path : wanted)
    rules_.relation.columns.push_back({path, identifier(path), ColumnType::text, true});
  for (const auto& name : offered ? found_ : wanted) types_[name] = "VARCHAR";
  return create_rows_view(connection, rules_.relation.name, rows_);
}

/// An id that gets its leading zeros back from us was delivered without them.
void DeliveredRelation::leave_out_others() {
  const auto& mapping = load_.source->id_cliente;
  auto text = only_id_cliente_;
  if (mapping.constant) return;
  if (mapping.pad > 0) text.erase(0, text.find_first_not_of('0'));
  rows_.needle = Needle(text);
}

Status DeliveredRelation::open_parquet(Connection& connection, const std::string& files_sql,
                                       bool hive) {
  TRY_ASSIGN(const auto where, columns_read_by(connection, load_.source->where));
  // Hive values stay text: an id in a folder's name keeps its zeros.
  const auto sql = fmt::format(
      "CREATE OR REPLACE TEMP VIEW {} AS SELECT * EXCLUDE (file_row_number), file_row_number + 1 "
      "AS __row FROM "
      "read_parquet({}, filename = '__file', file_row_number = true, binary_as_string = true, "
      "union_by_name = true, hive_partitioning = {}, hive_types_autocast = false)",
      identifier(rules_.relation.name), files_sql, hive);
  if (auto status = connection.run(sql); !status) {
    auto error = std::move(status.error());
    if (error.kind != ErrorKind::config) return tl::unexpected<Error>(std::move(error));
    return fail(cut_parquet(*load_.delivery) ? Defect::truncated : Defect::none,
                "not a Parquet file, or a damaged one: " + error.what,
                "is `format` right, and did the file arrive whole?");
  }
  return describe(connection, where);
}

Status DeliveredRelation::open_delta(Connection& connection) {
  const auto& snapshot = *load_.delivery->delta;
  TRY_ASSIGN(const auto where, columns_read_by(connection, load_.source->where));
  for (const auto& column : snapshot.columns) found_.push_back(column.name);
  if (!load_.delivery->files.empty()) {
    std::vector<std::string> paths;
    for (const auto& file : load_.delivery->files) paths.push_back(file.path.string());
    return open_parquet(connection, "[" + sql_texts(paths) + "]", false);
  }
  if (snapshot.plain_parquet && snapshot.partition_columns.empty() && !snapshot.files.empty()) {
    std::vector<std::string> paths;
    for (const auto& file : snapshot.files) paths.push_back(file.path);
    return open_parquet(connection, "[" + sql_texts(paths) + "]", false);
  }
  std::vector<std::string> tops;
  auto paths = mapped_columns();
  for (const auto& parts : where) add_once(paths, joined(parts));
  for (const auto& path : paths) {
    const auto top = path.substr(0, path.find('.'));
    const auto named = std::find_if(found_.begin(), found_.end(),
                                    [&](const auto& n) { return same_name(n, top); });
    if (named != found_.end()) add_once(tops, *named);
  }
  TRY_STATUS(delta_.create_view(connection, rules_.relation.name, snapshot, tops));
  return describe(connection, where);
}

/// Finds each needed column in the view, and what type it has.
Status DeliveredRelation::describe(Connection& connection,
                                   const std::vector<std::vector<std::string>>& where) {
  TRY_ASSIGN(auto all, connection.query(fmt::format(
                           "SELECT column_name::VARCHAR, column_type::VARCHAR FROM (DESCRIBE {})",
                           identifier(rules_.relation.name))));
  std::vector<std::string> in_view;
  all.each_row([&](const auto& row) {
    if (*row[0] == "__file" || *row[0] == "__row") return;
    in_view.push_back(*row[0]);
    types_[*row[0]] = *row[1];
  });
  if (found_.empty()) found_ = in_view;
  const auto offered = [&](const std::string& path) {
    const auto top = path.substr(0, path.find('.'));
    return std::any_of(in_view.begin(), in_view.end(),
                       [&](const auto& n) { return same_name(n, top) || same_name(n, path); });
  };

  auto paths = mapped_columns();
  for (const auto& path : paths)
    if (!offered(path))
      return fail(
          Defect::drifted,
          fmt::format("no column '{}'; the columns found are {}", path, fmt::join(found_, ", ")),
          "map it in `columns:`, or ask the sender what changed");
  for (const auto& parts : where) {
    const auto path = joined(parts);
    if (!offered(path)) continue;
    add_once(paths, path);
    // As the mapping writes it: the rules find a column by its very name.
    rules_.where_columns.push_back(*std::find_if(
        paths.begin(), paths.end(), [&](const auto& p) { return same_name(p, path); }));
  }
  std::vector<std::string> selected;
  for (const auto& path : paths) {
    const bool whole = std::any_of(in_view.begin(), in_view.end(),
                                   [&](const auto& n) { return same_name(n, path); });
    std::string sql = whole ? identifier(path) : "";
    for (std::size_t at = 0; !whole && at <= path.size();) {
      const auto dot = std::min(path.find('.', at), path.size());
      sql += (sql.empty() ? "" : ".") + identifier(path.substr(at, dot - at));
      at = dot + 1;
    }
    selected.push_back(sql);
  }
  TRY_ASSIGN(auto types, connection.query(fmt::format(
                             "SELECT column_type::VARCHAR FROM (DESCRIBE SELECT {} FROM {})",
                             fmt::join(selected, ", "), identifier(rules_.relation.name))));
  std::size_t i = 0;
  types.each_row([&](const auto& row) {
    auto type = type_of(*row[0]);
    // Delta's `timestamp` is an instant even where its files hold it without zone (Spark's INT96).
    if (type == ColumnType::local_time && load_.delivery->delta)
      for (const auto& column : load_.delivery->delta->columns)
        if (same_name(column.name, paths[i]) && column.type == "timestamp")
          type = ColumnType::utc_time;
    rules_.relation.columns.push_back({paths[i], selected[i], type, false});
    ++i;
  });
  return {};
}

std::string DeliveredRelation::columns_read() const { return only_columns(rules_.relation); }

std::vector<DeltaColumn> DeliveredRelation::table_columns_read() const {
  std::vector<DeltaColumn> out;
  for (const auto& column : load_.delivery->delta->columns) {
    const auto is_read = [&](const RelationColumn& one) {
      return same_name(one.path, column.name) ||
             same_name(one.path.substr(0, one.path.find('.')), column.name);
    };
    const auto& all = rules_.relation.columns;
    if (std::any_of(all.begin(), all.end(), is_read)) out.push_back(column);
  }
  return out;
}

Error DeliveredRelation::ours(Error error) const {
  error.source = load_.source->name;
  if (error.what.rfind("source '", 0) != 0)
    error.what = fmt::format("source '{}': {}", load_.source->name, error.what);
  return error;
}

std::optional<Error> DeliveredRelation::blame(const Error& error) {
  {
    const std::lock_guard lock(rows_.mutex);
    if (rows_.error) return ours(*rows_.error);
  }
  if (delta_.error()) return ours(*delta_.error());
  if (error.kind != ErrorKind::config) return std::nullopt;
  for (const auto& file : load_.delivery->files)
    if (error.what.find(file.path.string()) != std::string::npos)
      return ours(
          {ErrorKind::data, "a damaged file: " + error.what, "ask its sender for it again"});
  return std::nullopt;
}

}  // namespace quarentena::duck
