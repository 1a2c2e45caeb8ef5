#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "engine/duckdb/database.h"
#include "engine/duckdb/groups.h"
#include "engine/duckdb/leaves_last.h"
#include "engine/duckdb/parquet_file.h"
#include "engine/duckdb/relation.h"
#include "engine/duckdb/text_functions.h"
#include "engine/engine.h"
#include "rules/rules.h"

namespace quarentena {
namespace {

using duck::Connection;
using duck::Database;
using duck::DeliveredRelation;
using duck::literal;

using Relations = std::vector<std::unique_ptr<DeliveredRelation>>;

std::int64_t number(const std::optional<std::string>& text) { return text ? std::stoll(*text) : 0; }

class DuckDbEngine final : public Engine {
 public:
  explicit DuckDbEngine(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  Result<CanalLoaded> load(const CanalLoad& load) override {
    TRY_ASSIGN(const auto connection, database_->connect());
    TRY_ASSIGN(const Relations relations, open_relations(*connection, load));
    duck::Groups groups;
    TRY_STATUS(group(*connection, load, relations, groups));
    CanalLoaded loaded;
    TRY_STATUS(account(*connection, load, relations, loaded));
    TRY_STATUS(write_rejects(*connection, load, relations, loaded));
    TRY_STATUS(write_rows(*connection, load, loaded));
    for (const auto& source : load.sources)
      if (source.progress) source.progress->done = true;
    return loaded;
  }

  Result<std::string> query_of(const CanalLoad& load) override {
    TRY_ASSIGN(const auto connection, database_->connect());
    TRY_ASSIGN(const Relations relations, open_relations(*connection, load));
    return canal_query(rules_of(relations), load.data_carga, load.timezone, duckdb_dialect());
  }

  void interrupt() override { database_->interrupt(); }

 private:
  static Result<Relations> open_relations(Connection& connection, const CanalLoad& load) {
    Relations relations;
    for (const auto& source : load.sources) {
      TRY_ASSIGN(auto relation, DeliveredRelation::create(connection, source));
      relations.push_back(std::move(relation));
    }
    return relations;
  }

  static std::vector<SourceRules> rules_of(const Relations& relations) {
    std::vector<SourceRules> rules;
    for (const auto& relation : relations) rules.push_back(relation->rules());
    return rules;
  }

  /// One pass over everything delivered: afterwards canal_query()'s groups are the view `groups`.
  static Status group(Connection& connection, const CanalLoad& load, const Relations& relations, duck::Groups& groups) {
    const auto sql = canal_query(rules_of(relations), load.data_carga, load.timezone, duckdb_dialect());
    auto status = groups.compute(connection, sql);
    if (status) return nothing_unseen(relations);
    for (const auto& relation : relations)
      if (auto error = relation->blame(status.error())) return tl::unexpected<Error>(std::move(*error));
    auto error = std::move(status.error());
    if (error.kind == ErrorKind::config) explain_binder(error, load, relations);
    return tl::unexpected<Error>(std::move(error));
  }

  /// A json path that no record had is a renamed key, not a file full of NULLs.
  static Status nothing_unseen(const Relations& relations) {
    for (const auto& relation : relations) {
      const auto& source = *relation->rules().source;
      for (const auto& path : relation->rows().never_seen) {
        const bool needed = path == source.id_cliente.column ||
                            (path == source.data_envio.column && !source.period.until_removed());
        if (needed)
          return fail(ErrorKind::data, fmt::format("source '{}': no record has '{}'", source.name, path),
                      "map it in `columns:`, or ask the sender what changed");
      }
    }
    return {};
  }

  static void explain_binder(Error& error, const CanalLoad& load, const Relations& relations) {
    const auto first_line = error.what.substr(0, error.what.find('\n'));
    for (std::size_t i = 0; i < relations.size(); ++i) {
      const auto& source = *load.sources[i].source;
      if (source.where.empty()) continue;
      error.what = fmt::format("source '{}': `where: {}` does not fit the source: {}", source.name, source.where, first_line);
      if (!relations[i]->columns_found().empty())
        error.hint = fmt::format("the columns found are {}", fmt::join(relations[i]->columns_found(), ", "));
      return;
    }
    error = {ErrorKind::bug, first_line, ""};
  }

  static Status account(Connection& connection, const CanalLoad& load, const Relations& relations, CanalLoaded& loaded) {
    std::string counts;
    for (std::size_t i = 0; i < relations.size(); ++i)
      counts += fmt::format(
          ", sum(rows_{0})::BIGINT::VARCHAR, (count(*) FILTER (WHERE best.source = {0}))::VARCHAR, "
          "(count(*) FILTER (WHERE best.source = {0} AND best.data_envio IS NULL))::VARCHAR",
          i);
    TRY_ASSIGN(auto answer, connection.query(fmt::format("SELECT status{} FROM groups GROUP BY status", counts)));
    loaded.accounts.resize(relations.size());
    loaded.undated.resize(relations.size());
    answer.each_row([&](const auto& row) {
      for (std::size_t i = 0; i < relations.size(); ++i) {
        const auto rows = number(row[1 + 3 * i]);
        auto& account = loaded.accounts[i];
        account.read += rows;
        if (*row[0] == "filtered") account.filtered += rows;
        if (*row[0] == "rejected") account.rejected += rows;
        if (*row[0] == "future") account.future += rows;
        if (*row[0] == "expired") account.expired += rows;
        if (*row[0] == "candidate") {
          account.quarantined += number(row[2 + 3 * i]);
          account.duplicate += rows - number(row[2 + 3 * i]);
          loaded.undated[i] = number(row[3 + 3 * i]);
        }
      }
    });
    for (std::size_t i = 0; i < relations.size(); ++i) {
      loaded.accounts[i].read += relations[i]->rows().malformed_count;
      loaded.accounts[i].rejected += relations[i]->rows().malformed_count;
      if (!loaded.accounts[i].balanced())
        return fail(ErrorKind::bug, fmt::format("source '{}': its counts do not add up to the rows read",
                                                load.sources[i].source->name));
    }
    return {};
  }

  /// Rows that broke a rule and records that could not be read at all, in one Parquet file.
  static Status write_rejects(Connection& connection, const CanalLoad& load, const Relations& relations, CanalLoaded& loaded) {
    std::int64_t rejected = 0;
    for (const auto& account : loaded.accounts) rejected += account.rejected;
    if (rejected == 0) return {};
    std::vector<std::string> names;
    for (const auto& source : load.sources) names.push_back(literal(source.source->name));
    TRY_STATUS(connection.run("CREATE TEMP TABLE malformed (source INTEGER, \"file\" VARCHAR, \"row\" BIGINT, "
                              "\"column\" VARCHAR, value VARCHAR, reason VARCHAR)"));
    for (std::size_t i = 0; i < relations.size(); ++i)
      TRY_STATUS(append_malformed(connection, static_cast<std::int32_t>(i), relations[i]->rows()));
    loaded.rejects = load.folder / "rejects.parquet";
    TRY_ASSIGN([[maybe_unused]] const auto file, duck::write_parquet(
        connection,
        fmt::format("SELECT [{}][source + 1] AS source, \"file\", \"row\", \"column\", value, reason FROM ("
                    "SELECT unnest(rejects, recursive := true) FROM groups WHERE status = 'rejected' "
                    "UNION ALL SELECT * FROM malformed)",
                    fmt::join(names, ", ")),
        loaded.rejects));
    return {};
  }

  static Status append_malformed(Connection& connection, std::int32_t source, const duck::DeliveredRows& rows) {
    if (rows.malformed.empty()) return {};
    duckdb_appender appender = nullptr;
    if (duckdb_appender_create(connection.get(), "temp", "malformed", &appender) == DuckDBError &&
        duckdb_appender_create(connection.get(), nullptr, "malformed", &appender) == DuckDBError)
      return fail(ErrorKind::bug, "DuckDB does not append to malformed");
    const auto text = [&](const std::string& value) {
      duckdb_append_varchar_length(appender, value.data(), value.size());
    };
    for (const auto& [file, one] : rows.malformed) {
      duckdb_append_int32(appender, source);
      text(file);
      duckdb_append_int64(appender, one.row);
      if (one.column.empty()) duckdb_append_null(appender); else text(one.column);
      text(one.value);
      text(one.reason);
      duckdb_appender_end_row(appender);
    }
    const bool failed = duckdb_appender_destroy(&appender) == DuckDBError;
    if (failed) return fail(ErrorKind::bug, "DuckDB does not take the malformed records");
    return {};
  }

  static Status write_rows(Connection& connection, const CanalLoad& load, CanalLoaded& loaded) {
    std::int64_t rows = 0;
    for (const auto& account : loaded.accounts) rows += account.quarantined;
    if (rows == 0) return {};
    const auto path = load.folder / "rows.parquet";
    const auto sql = published_rows("groups", load.canal, load.sources.front().source->period, load.data_carga,
                                    duckdb_dialect());
    TRY_ASSIGN(NewFile file, duck::write_parquet(
        connection, fmt::format("SELECT * EXCLUDE (canal, data_carga) FROM ({})", sql), path));
    file.path = "rows.parquet";
    file.partition = {{"data_carga", load.data_carga.iso()}, {"canal", load.canal}};
    loaded.files.push_back(std::move(file));
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
  TRY_STATUS(duck::register_groups(*connection));
  TRY_STATUS(duck::register_text_functions(*connection));
  return std::make_unique<DuckDbEngine>(std::move(database));
}

}  // namespace quarentena
