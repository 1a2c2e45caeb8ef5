#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/cron.h"
#include "base/error.h"

namespace quarentena {

/// A load that is begun by the clock.
struct ScheduledLoad {
  std::string name;               ///< the key in `loads:`
  Cron cron;                      ///< in the plan's time zone
  std::vector<std::string> only;  ///< source names; empty: all
  /// Minutes after midnight until which a load that was not whole is tried again; absent: never.
  std::optional<int> wait_until_minutes;
  std::int64_t check_every_ms = 600'000;  ///< how often until then
};

/// What `quarentena daemon` begins and when (src/schedule).
struct Schedule {
  std::vector<ScheduledLoad> loads;  ///< in the file's order; empty: the file has no `schedule`
  std::int64_t catch_up_ms = 7 * 86'400'000LL;  ///< how far back what was missed is made good
  int retries = 5;                              ///< of a load that failed for a passing reason
  std::int64_t lease_ms = 60'000;  ///< how long a machine that fell silent holds the others up
};

/// `schedule` of a configuration file, with its defaults. What is wrong with the file is
/// load_plan()'s to tell: this asks for one that it accepts. Errors: config.
Result<Schedule> load_schedule(const std::filesystem::path& file);

}  // namespace quarentena
