#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/duckdb/database.h"
#include "engine/duckdb/delivered_rows.h"
#include "engine/duckdb/delta_rows.h"
#include "engine/engine.h"
#include "rules/rules.h"

namespace quarentena::duck {

/// A delivery made visible to DuckDB as a view, with what the rules must know of its columns. Lives
/// as long as queries over the view run. `position` is the input's among the canal's.
class DeliveredRelation {
 public:
  /// Errors: data (a mapped column is not there: names the columns found), config (`where` is not
  /// SQL).
  static Result<std::unique_ptr<DeliveredRelation>> create(Connection& connection,
                                                           const SourceLoad& load,
                                                           std::size_t position = 0,
                                                           const std::string& only_id_cliente = {});

  const SourceRules& rules() const { return rules_; }
  const std::vector<std::string>& columns_found() const { return found_; }
  /// Of those found, with their types; see InputLoaded::columns.
  const std::map<std::string, std::string>& column_types() const { return types_; }
  DeliveredRows& rows() { return rows_; }

  /// A query of what the mapping and `where` read, and nothing else: of a struct only those fields.
  std::string columns_read() const;
  /// The Delta table's columns that this query has.
  std::vector<DeltaColumn> table_columns_read() const;

  /// The error behind a failed query, when this delivery is to blame.
  std::optional<Error> blame(const Error& error);

 private:
  explicit DeliveredRelation(const SourceLoad& load) : load_(load) {}
  Status open(Connection& connection);
  void leave_out_others();
  Status open_rows_format(Connection& connection);
  Status open_parquet(Connection& connection, const std::string& files_sql, bool hive);
  Status open_delta(Connection& connection);
  Status describe(Connection& connection, const std::vector<std::vector<std::string>>& where);
  std::vector<std::string> mapped_columns() const;
  Error ours(Error error) const;  // with the source's name

  SourceLoad load_;
  std::string only_id_cliente_;  // rows of other clients may be left out; empty: of nobody
  SourceRules rules_;
  std::vector<std::string> found_;  // top-level columns of the delivery
  std::map<std::string, std::string> types_;
  DeliveredRows rows_;
  DeltaRows delta_;
};

/// The columns that a condition reads, as dotted parts. Errors: config, when it is not one
/// expression.
Result<std::vector<std::vector<std::string>>> columns_read_by(Connection& connection,
                                                              const std::string& condition);

}  // namespace quarentena::duck
