#include "run/pipeline.h"

#include "run/run.h"
#include "run/run_marker.h"
#include "run/timer.h"

namespace quarentena {
namespace {

/// Does it, and writes down what it was and how long it took.
template <class Act>
auto step(RunReport& report, const char* name, Act act) {
  const Timer timer;
  auto done = act();
  report.steps.push_back({name, timer.lapse()});
  return done;
}

Status run_steps(Run& run, const RunOptions& options, RunReport& report) {
  TRY_STATUS(step(report, "find_table", [&] { return run.find_table(); }));
  TRY_STATUS(step(report, "recall", [&] { return run.recall(); }));
  TRY_STATUS(run.choose_sources());
  report.status = options.dry_run ? RunStatus::dry_run : RunStatus::unchanged;
  if (report.sources.empty()) return {};  // of a past day nothing is kept
  TRY_STATUS(step(report, "fetch", [&] { return run.fetch(); }));
  TRY_STATUS(step(report, "look_at_day", [&] { return run.look_at_day(); }));
  report.status = RunStatus::unchanged;
  const bool whatever_is_there = options.dry_run || options.force;
  if (run.changed() || whatever_is_there) {
    TRY_STATUS(step(report, "load", [&] { return run.load(); }));
    TRY_STATUS(run.show());
    if (options.compute_only) {
      report.status = RunStatus::dry_run;
      return {};
    }
    // What is in force may be what was there.
    const bool publishes = run.changed() || whatever_is_there;
    TRY_ASSIGN(const bool free,
               publishes ? step(report, "brake", [&] { return run.brake(); }) : Result<bool>(true));
    if (!free) {
      report.status = RunStatus::held;
    } else if (options.dry_run) {
      report.status = RunStatus::dry_run;
    } else if (publishes) {
      TRY_ASSIGN(report.status, step(report, "publish", [&] { return run.publish(); }));
    }
  }
  TRY_STATUS(step(report, "record", [&] { return run.record(); }));
  return options.dry_run ? Status{} : run.announce();
}

}  // namespace

RunReport run_load(const Plan& plan, const RunOptions& options, RunWatcher& watcher) {
  auto report = begun_report(plan, options.data_carga);
  std::optional<RunMarker> marker;
  if (!options.dry_run) marker.emplace(plan.staging, report);
  {
    Run run(plan, options, watcher, report);
    if (auto status = run_steps(run, options, report); !status) {
      report.status = RunStatus::failed;
      run.record_failure(status.error());
      report.error = std::move(status.error());
    }
  }
  report.finished_ms = now_ms();
  if (options.compute_only) return report;
  const auto saved = save_report(plan.staging, report);
  if (!saved && !report.error) report.error = saved.error();
  return report;
}

}  // namespace quarentena
