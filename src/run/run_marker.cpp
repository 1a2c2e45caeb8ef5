#include "run/run_marker.h"

#include <vector>

namespace quarentena {
namespace fs = std::filesystem;
namespace {

constexpr const char* kMarker = "running";

fs::path marker_of(const fs::path& staging, const std::string& run_id) {
  return staging / "runs" / run_id / kMarker;
}

/// The lock of a marker that is there and that nobody holds.
std::optional<FileLock> lock_of_dead(const fs::path& marker) {
  std::error_code error;
  if (!fs::exists(marker, error)) return std::nullopt;
  auto lock = FileLock::hold(marker, 0);
  return lock ? std::move(*lock) : std::nullopt;
}

}  // namespace

RunMarker::RunMarker(const fs::path& staging, const RunReport& report)
    : file_(marker_of(staging, report.run_id)) {
  std::error_code error;
  fs::create_directories(file_.parent_path(), error);
  if (auto lock = FileLock::hold(file_, 0)) lock_ = std::move(*lock);
  if (lock_) (void)save_report(staging, report);
}

RunMarker::~RunMarker() {
  std::error_code ignored;
  if (lock_) fs::remove(file_, ignored);
}

bool is_dead(const fs::path& staging, const RunReport& report) {
  return lock_of_dead(marker_of(staging, report.run_id)).has_value();
}

Status bury_dead_runs(const fs::path& staging,
                      const std::function<Status(const RunReport&)>& each) {
  std::error_code error;
  std::vector<std::string> marked;
  for (fs::directory_iterator entry(staging / "runs", error), end; !error && entry != end;
       entry.increment(error))
    if (std::error_code absent; fs::exists(entry->path() / kMarker, absent))
      marked.push_back(entry->path().filename().string());
  for (const auto& run_id : marked) {
    const auto lock = lock_of_dead(marker_of(staging, run_id));
    if (!lock) continue;
    // Without results it was killed before it began; with others it ended, and was killed then.
    auto report = read_report(staging, run_id);
    if (report && report->status == RunStatus::running) {
      report->status = RunStatus::killed;
      TRY_STATUS(each(*report));
      TRY_STATUS(save_report(staging, *report));
    }
    fs::remove(marker_of(staging, run_id), error);
  }
  return {};
}

}  // namespace quarentena
