#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "config/plan.h"
#include "run/report.h"
#include "table/small_table.h"
#include "table/table.h"

/// `<table>_runs`: every run, a row each, in a Delta table beside the main one. A run's own account
/// is its run_results.json in staging; this table is what becomes of those, from every machine, and
/// holds each of them whole in the column `report`. Dry runs are not in it. A run is kept as long
/// as deliveries are (`keep_days`).
namespace quarentena {

/// In the table's order; `report` is the last one.
const std::vector<SmallColumn>& history_columns();

/// Puts into the table whatever this machine's staging has and the table has not, in one commit:
/// the run that just ended, and earlier ones that could not be recorded or were killed. When there
/// is nothing it commits nothing. Errors: those of reaching the table; conflict (others kept
/// committing first). `stop` may be null.
Status record_runs(const Plan& plan, const std::atomic<bool>* stop = nullptr);

struct PastRuns {
  std::vector<RunReport> runs;  ///< newest first
  /// The table could not be read: these are this machine's only.
  std::optional<Error> unread;
};

/// What the table has, and what this machine's staging has and the table has not: runs that run
/// now, that were killed, that are not recorded yet. Writes nothing.
PastRuns past_runs(const Plan& plan, const std::atomic<bool>* stop = nullptr);

/// By id or by an unambiguous beginning of it; "last" is the newest. Errors: missing.
Result<RunReport> find_run(const PastRuns& past, const std::string& run_id);

}  // namespace quarentena
