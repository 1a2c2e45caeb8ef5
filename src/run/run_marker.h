#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "base/file_lock.h"
#include "run/report.h"

namespace quarentena {

/// While a run lives it holds a lock on `<staging>/runs/<run_id>/running`, and its
/// run_results.json says `running`. A run that is killed leaves both, without the lock: that is how
/// it is known for dead, on this machine and through a shared file system, whatever its process
/// number was. A run that cannot be marked runs all the same.
class RunMarker {
 public:
  RunMarker(const std::filesystem::path& staging, const RunReport& report);
  ~RunMarker();
  RunMarker(const RunMarker&) = delete;
  RunMarker& operator=(const RunMarker&) = delete;

 private:
  std::filesystem::path file_;
  std::optional<FileLock> lock_;
};

/// The report of each run that was killed since this was last asked, saved as `killed` once `each`
/// has taken it. Errors: those of `each`; what it refused comes again.
Status bury_dead_runs(const std::filesystem::path& staging,
                      const std::function<Status(const RunReport&)>& each);

/// Nobody holds the lock of a run that says it is `running`.
bool is_dead(const std::filesystem::path& staging, const RunReport& report);

}  // namespace quarentena
