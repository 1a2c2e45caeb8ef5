#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.h"
#include "base/error.h"
#include "config/plan.h"
#include "engine/spark_at.h"
#include "table/small_table.h"
#include "table/table.h"

/// Questions to the published table, in the engine's SQL.
namespace quarentena {

/// What a column's values are, as text: `whole` 12, `real` 12.5 (also 1e300, inf), `date`
/// 2024-05-28, `truth` true or false; anything else is `text`.
enum class AnswerType { text, whole, real, date, truth };

struct AnswerColumn {
  std::string name;
  AnswerType type = AnswerType::text;
  bool numeric() const { return type == AnswerType::whole || type == AnswerType::real; }
};

using AnswerRow = std::vector<std::optional<std::string>>;  ///< nullopt: NULL

/// An answer read front to back; rows are made as they are asked for.
class TableAnswer {
 public:
  virtual ~TableAnswer() = default;
  virtual const std::vector<AnswerColumn>& columns() const = 0;
  /// False at the end.
  virtual Result<bool> next(AnswerRow& row) = 0;
};

struct TableQueryOptions {
  TableAt table;
  std::filesystem::path rejects;  ///< folder of reject files; may be absent
  AsOf as_of;
  IdentityKeys identity = {};          ///< which keys the views of identities get
  std::optional<TableAt> fontes = {};  ///< the source ledger; absent before a run kept one
  /// Rows of the ledger that its table has not yet, a JSON array of objects by column; empty: none.
  std::string unrecorded = {};
  std::vector<SmallColumn> fontes_columns = {};  ///< the ledger's; given: `fontes` is always there
  std::optional<TableAt> runs = {};  ///< the history of runs; absent before one was recorded
  bool absent_is_empty = false;      ///< no table there yet is no error, but one without rows
};

/// A session with the views
///   quarentena_global           the table at one version: every data_carga it holds
///   quarentena_global_history   version, timestamp, operation, run_id, rows_per_canal: its commits
///   fontes                      the source ledger, once there is one: a source and a day a row
///   runs                        the history of runs, once there is one: a run a row, with steps,
///                               canais and sources as JSON
///   rejects                     data_carga, canal, source, file, row, column, value, reason
///   identidades, identidades_rejeitadas: where options ask for keys;
///   engine/duckdb/identity_views.h
/// and the functions of engine/duckdb/identity_functions.h.
/// Not thread-safe.
class TableQuery {
 public:
  virtual ~TableQuery() = default;
  /// Runs one or more statements; the answer is the last one's. Errors: config (not SQL, unknown
  /// column).
  virtual Result<std::unique_ptr<TableAnswer>> ask(const std::string& sql) = 0;
  /// The same, each row as one column holding a JSON object.
  virtual Result<std::unique_ptr<TableAnswer>> ask_as_json(const std::string& sql) = 0;
  virtual std::int64_t version() const = 0;
  /// The newest data_carga that version holds; nullopt: it has no rows.
  virtual std::optional<Date> latest() const = 0;
  virtual void interrupt() = 0;
};

/// Every row of the answer to `sql`; without `row` it only runs.
Status each_row(TableQuery& query, const std::string& sql,
                const std::function<void(const AnswerRow&)>& row = {});

/// The newest data_carga of a table's files; nullopt: it has none.
std::optional<Date> latest_day(const Snapshot& snapshot);

/// 'text' as an SQL literal, and several of them with commas between.
std::string sql_text(std::string_view text);
std::string sql_texts(const std::vector<std::string>& texts);

/// Errors: missing (no table there yet, or not that version).
Result<std::unique_ptr<TableQuery>> open_table_query(const TableQueryOptions& options);

struct SparkQueryOptions {
  SparkAt at;
  const std::atomic<bool>* stop = nullptr;  ///< may be null
};
/// The same on a Spark Connect server that reads the table's files itself: one statement at a time,
/// in Spark's functions with standard quotes, over quarentena_global, fontes, runs, and rejects
/// where Spark sees their folder. No keys of identities, no history. Errors: as open_spark_session
/// too; config for a SQL warehouse, which keeps no views.
Result<std::unique_ptr<TableQuery>> open_spark_table_query(const TableQueryOptions& options,
                                                           const SparkQueryOptions& asked);

}  // namespace quarentena
