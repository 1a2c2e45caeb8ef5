#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/duckdb/database.h"
#include "engine/engine.h"

namespace quarentena::duck {

/// A row that broke a rule, or a record that could not be read at all.
struct Reject {
  std::int32_t source = 0;  ///< position in CanalLoad::sources
  std::string file;
  std::int64_t row = 0;  ///< 1-based: line, element or sheet row
  std::string column;    ///< empty: the record as a whole
  std::string value;     ///< empty: none
  std::string reason;
};

/// Counts a canal's groups (rules.h) while its candidates stream from the aggregation into the data
/// file. The counting is a condition of that very query, so that groups are neither stored nor read
/// twice: at 10 M rows that is a tenth of the time and 300 MiB.
class Tally {
 public:
  explicit Tally(std::size_t count) : inputs(count) {}

  /// The condition: true for a candidate, and counts every group it is asked about. It is volatile
  /// and speaks of aggregates, so DuckDB evaluates it once for each group, above the aggregation.
  std::string condition() const;

  /// Complete once the query has run.
  std::vector<InputLoaded> inputs;  ///< all but their columns; `newest` as `best` has it
  std::vector<Reject> rejects;

 private:
  friend struct TallyFunction;
  std::mutex mutex_;
};

/// Where the rows of a group count, by its status. One row of a candidate group is `quarantined`
/// and not `duplicate`.
std::int64_t Account::*count_of(std::string_view status);

/// Once per database, before the first condition().
Status register_tally(Connection& connection);

}  // namespace quarentena::duck
