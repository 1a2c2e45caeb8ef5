#pragma once

#include <cstddef>
#include <string>

#include "base/error.h"
#include "config/plan.h"
#include "store/object_store.h"

/// The published table for people who look at it: JSON documents (docs/api.md tells their fields)
/// that hold counts, decisions and reasons, and nothing of any client. All calls block; nothing is
/// written. Errors: those of find_published_table() and of reading the table.
namespace quarentena {

/// How many clients each canal held on each day, as the table's log has it: no data file is read.
/// An absent table has no days.
Result<std::string> days_json(const Plan& plan, StopFlag stop);

/// What was decided about each source on each day, and why.
Result<std::string> ledger_json(const Plan& plan, StopFlag stop);

/// The newest runs, each with its whole account (docs/run-results.md).
Result<std::string> runs_json(const Plan& plan, StopFlag stop);

/// The newest day closely: who came and left since the day before, when the others leave, who is in
/// several canais. Reads the rows of both days, on `threads` threads: seconds for ten million, and
/// 16 bytes of memory a row. Errors: also missing (no day is published), config (over 64 canais).
Result<std::string> newest_day_json(const Plan& plan, std::size_t threads, StopFlag stop);

}  // namespace quarentena
