#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "alerts/memory.h"

namespace quarentena::alerts {

/// What is so now; what of it is news is for Incidents.
struct Findings {
  Date today;
  std::optional<Notice> stale;
  std::optional<Date> fresh;  ///< the newest load, when it is young enough
  std::vector<Notice> late;
  std::vector<std::string> in_time;  ///< sources that were asked, and have delivered
};

/// Looks at the table's ledger and, where that does not tell, asks the sources that are past their
/// deadline and of which `known` has neither an incident nor a delivery in time. Errors: those of
/// reading the table.
Result<Findings> find_out(const Plan& plan, const Memory& known, std::int64_t now_ms,
                          const std::atomic<bool>* stop);

}  // namespace quarentena::alerts
