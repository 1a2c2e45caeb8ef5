#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/duckdb/database.h"
#include "engine/duckdb/early_releases.h"
#include "engine/duckdb/identity_functions.h"
#include "engine/duckdb/leaves_last.h"
#include "engine/duckdb/parquet_file.h"
#include "engine/duckdb/relation.h"
#include "engine/duckdb/tally.h"
#include "engine/duckdb/text_functions.h"
#include "engine/engine.h"
#include "rules/rules.h"

namespace quarentena {
namespace {

namespace fs = std::filesystem;
using duck::Connection;
using duck::Database;
using duck::DeliveredRelation;
using duck::Tally;

using Relations = std::vector<std::unique_ptr<DeliveredRelation>>;

std::vector<SourceRules> rules_of(const Relations& relations) {
  std::vector<SourceRules> rules;
  for (const auto& relation : relations) rules.push_back(relation->rules());
  return rules;
}

/// `where` that names no column, a type that does not compare: the source whose condition it is.
Error binder_error(Connection& connection, const Error& error, const CanalLoad& load,
                   const Relations& relations) {
  for (std::size_t i = 0; i < relations.size(); ++i) {
    const auto& source = *load.sources[i].source;
    if (source.where.empty()) continue;
    const auto alone = connection.run(
        "EXPLAIN " + canal_query({relations[i]->rules()}, load.day(), duckdb_dialect()));
    if (alone && relations.size() > 1) continue;
    const auto& what = alone ? error.what : alone.error().what;
    const auto& found = relations[i]->columns_found();
    return {ErrorKind::config,
            fmt::format("source '{}': `where: {}` does not fit the source: {}", source.name,
                        source.where, what.substr(0, what.find('\n'))),
            found.empty() ? "" : fmt::format("the columns found are {}", fmt::join(found, ", "))};
  }
  return {ErrorKind::bug, error.what.substr(0, error.what.find('\n')), ""};
}

/// A json path that no record had is a renamed key, not a file full of NULLs.
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

std::string rows_query(const CanalLoad& load, const Relations& relations, const std::string& kept) {
  const auto rules = rules_of(relations);
  const auto groups = canal_query(rules, load.day(), duckdb_dialect());
  return published_rows("(\n" + groups + "\n)", kept, rules, load.day(), duckdb_dialect());
}

/// The error of a failed query as the user must see it: whose delivery, or whose `where`, is to
/// blame.
Error blamed(Connection& connection, const Error& error, const CanalLoad& load,
             const Relations& relations) {
  for (const auto& relation : relations)
    if (auto found = relation->blame(error)) return *found;
  return error.kind == ErrorKind::config ? binder_error(connection, error, load, relations) : error;
}

class DuckDbEngine final : public Engine {
 public:
  explicit DuckDbEngine(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  Result<CanalLoaded> load(const CanalLoad& load) override {
    duck::Arena arena;
    TRY_ASSIGN(const auto connection, database_->connect());
    TRY_STATUS(duck::use_leaves_last(*connection, arena));
    TRY_ASSIGN(const Relations relations, open_relations(*connection, load));
    Tally tally(load.sources.size());
    TRY_ASSIGN(const NewFile file, write_rows(*connection, load, relations, tally));
    TRY_STATUS(check_paths_seen(relations));
    CanalLoaded loaded;
    TRY_STATUS(account(load, relations, tally, loaded));
    if (loaded.account().quarantined > 0) loaded.files.push_back(file);
    TRY_STATUS(write_rejects(*connection, load, tally, loaded));
    for (const auto& source : load.sources)
      if (source.progress) source.progress->done = true;
    return loaded;
  }

  Result<std::vector<DeltaColumn>> copy_table(const SourceLoad& load,
                                              const fs::path& file) override {
    TRY_ASSIGN(const auto connection, database_->connect());
    TRY_ASSIGN(const auto relation, DeliveredRelation::create(*connection, load));
    const auto copied =
        connection->run(fmt::format("COPY ({}) TO {} (FORMAT parquet)", relation->columns_read(),
                                    duck::literal(file.string())));
    if (!copied) {
      auto error = relation->blame(copied.error()).value_or(copied.error());
      error.source = load.source->name;
      return tl::unexpected<Error>(std::move(error));
    }
    return relation->table_columns_read();
  }

  Result<std::string> query_of(const CanalLoad& load) override {
    duck::Arena arena;
    TRY_ASSIGN(const auto connection, database_->connect());
    TRY_STATUS(duck::use_leaves_last(*connection, arena));
    TRY_ASSIGN(const Relations relations, open_relations(*connection, load));
    auto sql = rows_query(load, relations, "status = 'candidate'");
    if (auto status = connection->run("EXPLAIN " + sql); !status)
      return tl::unexpected<Error>(blamed(*connection, status.error(), load, relations));
    return sql;
  }

  Result<std::vector<std::vector<std::optional<std::string>>>> ask(
      const CanalLoad& load, const std::string& sql) override {
    TRY_ASSIGN(const auto connection, database_->connect());
    TRY_ASSIGN(const Relations relations, open_relations(*connection, load, load.only_id_cliente));
    auto answer = connection->query(
        fmt::format("WITH rows AS (\n{}\n) SELECT COLUMNS(*)::VARCHAR FROM ({})",
                    judged_rows(rules_of(relations), load.day(), duckdb_dialect()), sql));
    if (!answer) return tl::unexpected<Error>(blamed(*connection, answer.error(), load, relations));
    std::vector<std::vector<std::optional<std::string>>> out;
    answer->each_row([&](const auto& row) { out.push_back(row); });
    return out;
  }

  Result<ReleaseCount> count_early_releases(const ReleaseCheck& check) override {
    TRY_ASSIGN(const auto connection, database_->connect());
    TRY_ASSIGN(const auto releases, duck::EarlyReleases::open(*connection, check));
    return releases->count();
  }

  Status list_early_releases(const ReleaseCheck& check, const CanalLoad& load,
                             const std::function<void(const EarlyRelease&)>& each) override {
    TRY_ASSIGN(const auto connection, database_->connect());
    TRY_ASSIGN(const auto releases, duck::EarlyReleases::open(*connection, check));
    auto again = load;
    for (auto& input : again.sources) input.progress = nullptr;
    TRY_ASSIGN(const Relations relations, open_relations(*connection, again));
    auto answer = releases->list(
        relations.empty() ? std::string()
                          : judged_rows(rules_of(relations), load.day(), duckdb_dialect()));
    if (!answer) return tl::unexpected<Error>(blamed(*connection, answer.error(), load, relations));
    answer->each_row([&](const auto& row) { each(duck::to_early_release(row)); });
    return {};
  }

  Status write(const CanalLoad& load, const std::string& sql,
               const std::filesystem::path& file) override {
    TRY_ASSIGN(const auto connection, database_->connect());
    TRY_ASSIGN(const Relations relations, open_relations(*connection, load));
    const auto copied =
        connection->run(fmt::format("COPY (WITH rows AS (\n{}\n) {}) TO {} (FORMAT parquet)",
                                    judged_rows(rules_of(relations), load.day(), duckdb_dialect()),
                                    sql, duck::literal(file.string())));
    if (!copied) return tl::unexpected<Error>(blamed(*connection, copied.error(), load, relations));
    return {};
  }

  void interrupt() override { database_->interrupt(); }

 private:
  static Result<Relations> open_relations(Connection& connection, const CanalLoad& load,
                                          const std::string& only_id_cliente = {}) {
    Relations relations;
    for (const auto& source : load.sources) {
      TRY_ASSIGN(auto relation,
                 DeliveredRelation::create(connection, source, relations.size(), only_id_cliente));
      relations.push_back(std::move(relation));
    }
    return relations;
  }

  /// The whole load in one statement: read, judge, choose, count, write.
  static Result<NewFile> write_rows(Connection& connection, const CanalLoad& load,
                                    const Relations& relations, const Tally& tally) {
    const auto rows = rows_query(load, relations, tally.condition());
    auto file = duck::write_parquet(
        connection, fmt::format("SELECT * EXCLUDE (canal, data_carga) FROM ({})", rows),
        load.folder / "rows.parquet");
    if (!file) return tl::unexpected<Error>(blamed(connection, file.error(), load, relations));
    file->partition = {{"data_carga", load.data_carga.iso()}, {"canal", load.canal}};
    return file;
  }

  /// Adds the records that never reached the query, and checks that none was lost on the way.
  static Status account(const CanalLoad& load, const Relations& relations, Tally& tally,
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

  static Status write_rejects(Connection& connection, const CanalLoad& load, const Tally& tally,
                              CanalLoaded& loaded) {
    if (tally.rejects.empty()) return {};
    TRY_STATUS(connection.run(
        "CREATE TEMP TABLE rejected (source VARCHAR, \"file\" VARCHAR, \"row\" BIGINT, "
        "\"column\" VARCHAR, value VARCHAR, reason VARCHAR)"));
    duckdb_appender appender = nullptr;
    duckdb_appender_create_ext(connection.get(), "temp", nullptr, "rejected", &appender);
    const auto text = [&](const std::string& value) {
      if (value.empty())
        duckdb_append_null(appender);
      else
        duckdb_append_varchar_length(appender, value.data(), value.size());
    };
    for (const auto& reject : tally.rejects) {
      text(load.sources[static_cast<std::size_t>(reject.source)].source->name);
      text(reject.file);
      duckdb_append_int64(appender, reject.row);
      text(reject.column);
      text(reject.value);
      text(reject.reason);
      duckdb_appender_end_row(appender);
    }
    if (duckdb_appender_destroy(&appender) == DuckDBError)
      return fail(ErrorKind::bug, "DuckDB does not take the rejects");
    loaded.rejects = load.folder / "rejects.parquet";
    TRY_ASSIGN([[maybe_unused]] const auto file,
               duck::write_parquet(connection, "FROM rejected ORDER BY source, file, row",
                                   loaded.rejects));
    return {};
  }

  std::unique_ptr<Database> database_;
};

}  // namespace

Result<std::unique_ptr<Engine>> open_duckdb_engine(const DuckDbOptions& options) {
  TRY_ASSIGN(auto database, Database::open({options.threads, options.spill_folder}));
  TRY_ASSIGN(const auto connection, database->connect());
  TRY_STATUS(duck::register_leaves_last(*connection));
  TRY_STATUS(duck::register_delivered_rows(*connection));
  TRY_STATUS(duck::register_tally(*connection));
  TRY_STATUS(duck::register_text_functions(*connection));
  TRY_STATUS(duck::register_identity_functions(*connection));
  return std::make_unique<DuckDbEngine>(std::move(database));
}

}  // namespace quarentena
