#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/plan.h"
#include "table/small_table.h"
#include "table/table.h"

/// Questions to the published table, in DuckDB's SQL.
namespace quarentena {

struct AnswerColumn {
  std::string name;
  std::string type;  ///< DuckDB's name of it: VARCHAR, DATE, BIGINT, ...
  bool numeric = false;
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
  std::vector<SmallColumn> fontes_columns = {};  ///< what `unrecorded` may hold
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
  virtual void interrupt() = 0;
};

/// Every row of the answer to `sql`; without `row` it only runs.
Status each_row(TableQuery& query, const std::string& sql,
                const std::function<void(const AnswerRow&)>& row = {});

/// 'text' as an SQL literal, and several of them with commas between.
std::string sql_text(std::string_view text);
std::string sql_texts(const std::vector<std::string>& texts);

/// Errors: missing (no table there yet, or not that version).
Result<std::unique_ptr<TableQuery>> open_table_query(const TableQueryOptions& options);

}  // namespace quarentena
