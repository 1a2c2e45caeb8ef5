#pragma once

#include <optional>

#include "run/report.h"
#include "table/small_table.h"

/// A run as a row of the table, and back. Internal to src/history.
namespace quarentena {

SmallRow to_small_row(const RunReport& report);
/// nullopt: a report that is not of this program.
std::optional<RunReport> to_report(const SmallRow& row);
/// The columns that say which run it is.
std::string run_id_of(const SmallRow& row);

}  // namespace quarentena
