#include "engine/duckdb/canal_inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/duckdb/parquet_file.h"

namespace quarentena::duck {

std::vector<SourceRules> rules_of(const Relations& relations) {
  std::vector<SourceRules> rules;
  for (const auto& relation : relations) rules.push_back(relation->rules());
  return rules;
}

Status check_paths_seen(const Relations& relations) {
  for (const auto& relation : relations) {
    const auto& source = *relation->rules().source;
    for (const auto& path : relation->rows().never_seen) {
      const bool needed = path == source.id_cliente.column ||
                          (path == source.data_envio.column && !source.period.until_removed());
      if (needed)
        return tl::unexpected<Error>(Error{
            ErrorKind::data, fmt::format("source '{}': no record has '{}'", source.name, path),
            "map it in `columns:`, or ask the sender what changed", Defect::drifted, source.name});
    }
  }
  return {};
}

Result<Relations> open_relations(Connection& connection, const CanalLoad& load,
                                 const std::string& only_id_cliente) {
  Relations relations;
  for (const auto& source : load.sources) {
    TRY_ASSIGN(auto relation,
               DeliveredRelation::create(connection, source, relations.size(), only_id_cliente));
    relations.push_back(std::move(relation));
  }
  return relations;
}

Result<std::vector<DeltaColumn>> copy_table(Connection& connection, const SourceLoad& load,
                                            const std::filesystem::path& file) {
  TRY_ASSIGN(const auto relation, DeliveredRelation::create(connection, load));
  const auto copied = connection.run(fmt::format("COPY ({}) TO {} (FORMAT parquet)",
                                                 relation->columns_read(), literal(file.string())));
  if (!copied) {
    auto error = relation->blame(copied.error()).value_or(copied.error());
    error.source = load.source->name;
    return tl::unexpected<Error>(std::move(error));
  }
  return relation->table_columns_read();
}

namespace {

Status append(Connection& connection, const std::vector<Reject>& rejects) {
  duckdb_appender appender = nullptr;
  duckdb_appender_create_ext(connection.get(), "temp", nullptr, "rejected", &appender);
  const auto text = [&](const std::string& value) {
    if (value.empty())
      duckdb_append_null(appender);
    else
      duckdb_append_varchar_length(appender, value.data(), value.size());
  };
  for (const auto& reject : rejects) {
    duckdb_append_int32(appender, reject.source);
    text(reject.file);
    duckdb_append_int64(appender, reject.row);
    text(reject.column);
    text(reject.value);
    text(reject.reason);
    duckdb_appender_end_row(appender);
  }
  if (duckdb_appender_destroy(&appender) == DuckDBError)
    return fail(ErrorKind::bug, "DuckDB does not take the rejects");
  return {};
}

}  // namespace

Status account(const CanalLoad& load, const Relations& relations, Tally& tally,
               CanalLoaded& loaded) {
  loaded.inputs = tally.inputs;
  std::map<const Delivery*, std::int64_t> read;  // a delivery may be two inputs: `from_now`
  for (std::size_t i = 0; i < relations.size(); ++i)
    read[load.sources[i].delivery] += loaded.inputs[i].account.read;
  for (std::size_t i = 0; i < relations.size(); ++i) {
    auto& rows = relations[i]->rows();
    auto& input = loaded.inputs[i];
    input.columns = relations[i]->column_types();
    for (const auto& path : rows.never_seen) input.columns.erase(path);
    if (input.newest)
      input.newest = Date(input.newest->days() - period_shift(rules_of(relations), i));
    const bool lost = !rows.files.empty() && rows.records != read[load.sources[i].delivery];
    if (lost || !input.account.balanced())
      return fail(ErrorKind::bug,
                  fmt::format("source '{}': its counts do not add up to the rows read",
                              load.sources[i].source->name));
    if (load.sources[i].sent.before) continue;  // the other input of this delivery tells them
    input.account.read += rows.malformed_count;
    input.account.rejected += rows.malformed_count;
    for (auto& [file, one] : rows.malformed)
      tally.rejects.push_back(
          {static_cast<std::int32_t>(i), file, one.row, one.column, one.value, one.reason});
  }
  return {};
}

Status write_rejects(Connection& connection, const CanalLoad& load, const Tally& tally,
                     CanalLoaded& loaded, const std::string& more) {
  if (tally.rejects.empty() && more.empty()) return {};
  TRY_STATUS(connection.run(
      "CREATE TEMP TABLE rejected (source INTEGER, \"file\" VARCHAR, \"row\" BIGINT, "
      "\"column\" VARCHAR, value VARCHAR, reason VARCHAR)"));
  TRY_STATUS(append(connection, tally.rejects));
  std::vector<std::string> names;
  for (const auto& input : load.sources) names.push_back(literal(input.source->name));
  loaded.rejects = load.folder / "rejects.parquet";
  TRY_ASSIGN(
      [[maybe_unused]] const auto file,
      write_parquet(connection,
                    fmt::format("SELECT ([{}])[source + 1] AS source, * EXCLUDE (source) "
                                "FROM (FROM rejected{}) ORDER BY source, file, row",
                                fmt::join(names, ", "), more.empty() ? "" : " UNION ALL " + more),
                    loaded.rejects));
  return {};
}

}  // namespace quarentena::duck
