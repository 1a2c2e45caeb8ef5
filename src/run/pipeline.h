#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "config/plan.h"
#include "run/report.h"
#include "run/source_day.h"

namespace quarentena {

/// What a run shows while it works. Every method may be called from any of its threads.
class RunWatcher {
 public:
  virtual ~RunWatcher() = default;
  virtual void found(const Source&, const Delivery&) {}
  /// The loads start; `progress[i]` belongs to `sources[i]` and lives until finished().
  virtual void started(const std::vector<const Source*>& sources,
                       const std::vector<const SourceProgress*>& progress) {
    (void)sources, (void)progress;
  }
  virtual void loaded(const Source&, const Account&) {}
  virtual void finished() {}
};

/// Where a run's deliveries come from.
enum class Deliveries {
  fetched,  ///< the sources are asked
  /// What the day's ledger row says that came and was accepted, as it was kept: the sources are not
  /// asked (but a Delta table is read again at its version). A source that has none is carried.
  /// Canais that are not configured any more keep the day.
  kept,
};

/// A canal's rows before they are published: Parquet files without canal and data_carga.
struct ComputedCanal {
  std::string canal;
  std::vector<std::filesystem::path> rows;  ///< none: nobody
};

/// A person's word, for each day that a command loads: that clients may leave early, or that the
/// columns of a source have changed for good.
struct Approved {
  std::map<std::string, std::int64_t> up_to;  ///< canal to how many clients; see the release brake
  std::set<std::string> changed_sources;      ///< whose columns are now what they are
  std::string by;                             ///< who runs the command
  std::string why;                            ///< their words
};

struct RunOptions {
  Date data_carga;
  bool dry_run = false;  ///< everything but the commit; leaves no rejects
  bool force = false;    ///< commit even when inputs and rules have not changed
  std::vector<std::string>
      only;  ///< source names; empty: all. A canal is loaded whole or not at all
  Deliveries deliveries = Deliveries::fetched;
  /// Rows that came on a later day and count on this one; kept when the day is published. Absent:
  /// those of which the day's ledger row says so.
  std::optional<std::vector<LateRows>> late;
  /// Called once the day is computed, unless nothing changed; the files end with the call.
  std::function<Status(const std::vector<ComputedCanal>&)> computed;
  /// Called with each canal's SQL, as its engine runs it, once the day is computed.
  std::function<void(const std::string& canal, const std::string& sql)> queries;
  /// With dry_run: ends after `computed`, and writes nothing anywhere, not even a report.
  bool compute_only = false;
  int threads = 0;  ///< 0: as many as the machine has
  Approved approved;
  const std::atomic<bool>* stop =
      nullptr;  ///< set by a signal handler: the run ends with ErrorKind::machine
};

/// One day's load: fetch, judge what came, apply the rules, publish, and write down in the source
/// ledger what was decided. A delivery that is not accepted leaves the last accepted state of its
/// source in force. The report is complete whatever happens (its
/// `error` says what went wrong, and then the table is as it was) and is saved in the staging
/// folder.
RunReport run_load(const Plan& plan, const RunOptions& options, RunWatcher& watcher);

}  // namespace quarentena
