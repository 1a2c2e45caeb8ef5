#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/duckdb/canal_inputs.h"
#include "engine/duckdb/database.h"
#include "engine/duckdb/early_releases.h"
#include "engine/duckdb/identity_functions.h"
#include "engine/duckdb/leaves_last.h"
#include "engine/duckdb/parquet_file.h"
#include "engine/duckdb/text_functions.h"
#include "engine/engine.h"
#include "rules/rules.h"

namespace quarentena {
namespace {

namespace fs = std::filesystem;
using duck::Connection;
using duck::Database;
using duck::open_relations;
using duck::Relations;
using duck::rules_of;
using duck::Tally;

/// Whose SQL a query is, beside the conditions of the sources.
enum class QueryBy { us, caller };

/// `where` that names no column, a type that does not compare: the source whose condition it is.
Error binder_error(Connection& connection, const Error& error, const CanalLoad& load,
                   const Relations& relations, QueryBy by) {
  for (std::size_t i = 0; i < relations.size(); ++i) {
    const auto& source = *load.sources[i].source;
    if (source.where.empty()) continue;
    const auto alone = connection.run(
        "EXPLAIN " + judged_rows({relations[i]->rules()}, load.day(), duckdb_dialect()));
    if (alone && (relations.size() > 1 || by == QueryBy::caller)) continue;
    const auto& what = alone ? error.what : alone.error().what;
    const auto& found = relations[i]->columns_found();
    return {ErrorKind::config,
            fmt::format("source '{}': `where: {}` does not fit the source: {}", source.name,
                        source.where, what.substr(0, what.find('\n'))),
            found.empty() ? "" : fmt::format("the columns found are {}", fmt::join(found, ", ")),
            Defect::none, source.name};
  }
  const auto kind = by == QueryBy::us ? ErrorKind::bug : ErrorKind::config;
  return {kind, error.what.substr(0, error.what.find('\n')), ""};
}

std::string rows_query(const CanalLoad& load, const Relations& relations, const std::string& kept) {
  const auto rules = rules_of(relations);
  const auto groups = canal_query(rules, load.day(), duckdb_dialect());
  return published_rows("(\n" + groups + "\n)", kept, rules, load.day(), duckdb_dialect());
}

/// The error of a failed query as the user must see it: whose delivery, or whose `where`, is to
/// blame.
Error blamed(Connection& connection, const Error& error, const CanalLoad& load,
             const Relations& relations, QueryBy by = QueryBy::us) {
  for (const auto& relation : relations)
    if (auto found = relation->blame(error)) return *found;
  if (error.kind != ErrorKind::config) return error;
  return binder_error(connection, error, load, relations, by);
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
    TRY_STATUS(duck::check_paths_seen(relations));
    CanalLoaded loaded;
    TRY_STATUS(duck::account(load, relations, tally, loaded));
    if (loaded.account().quarantined > 0) loaded.files.push_back(file);
    TRY_STATUS(duck::write_rejects(*connection, load, tally, loaded));
    for (const auto& source : load.sources)
      if (source.progress) source.progress->done = true;
    return loaded;
  }

  Result<std::vector<DeltaColumn>> copy_table(const SourceLoad& load,
                                              const fs::path& file) override {
    TRY_ASSIGN(const auto connection, database_->connect());
    return duck::copy_table(*connection, load, file);
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
    if (!answer)
      return tl::unexpected<Error>(
          blamed(*connection, answer.error(), load, relations, QueryBy::caller));
    std::vector<std::vector<std::optional<std::string>>> out;
    answer->each_row([&](const auto& row) { out.push_back(row); });
    return out;
  }

  Result<ReleaseCount> count_early_releases(const ReleaseCheck& check) override {
    TRY_ASSIGN(const auto connection, database_->connect());
    TRY_ASSIGN(const auto releases, duck::EarlyReleases::open(*connection, check));
    return releases->count(check.made);
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
