#include "run/pipeline.h"

#include "run/run.h"

namespace quarentena {
namespace {

Status put_report(const Plan& plan, const RunReport& report, StopFlag stop) {
  TRY_ASSIGN(const auto remote, open_remote_folder(plan.staging_remote, plan.staging_auth, stop));
  return put_report(plan.staging, report, *remote);
}

Status run_steps(Run& run, const RunOptions& options, RunReport& report) {
  TRY_STATUS(run.find_table());
  TRY_STATUS(run.recall());
  TRY_STATUS(run.choose_sources());
  report.status = options.dry_run ? RunStatus::dry_run : RunStatus::unchanged;
  if (report.sources.empty()) return {};  // of a past day nothing is kept
  TRY_STATUS(run.fetch());
  TRY_STATUS(run.look_at_day());
  report.status = RunStatus::unchanged;
  const bool whatever_is_there = options.dry_run || options.force;
  if (run.changed() || whatever_is_there) {
    TRY_STATUS(run.load());
    TRY_STATUS(run.show());
    if (options.compute_only) {
      report.status = RunStatus::dry_run;
      return {};
    }
    // What is in force may be what was there.
    const bool publishes = run.changed() || whatever_is_there;
    TRY_ASSIGN(const bool free, publishes ? run.brake() : Result<bool>(true));
    if (!free) {
      report.status = RunStatus::held;
    } else if (options.dry_run) {
      report.status = RunStatus::dry_run;
    } else if (publishes) {
      TRY_ASSIGN(report.status, run.publish());
    }
  }
  TRY_STATUS(run.record());
  return options.dry_run ? Status{} : run.announce();
}

}  // namespace

RunReport run_load(const Plan& plan, const RunOptions& options, RunWatcher& watcher) {
  RunReport report;
  report.started_ms = now_ms();
  report.run_id = new_run_id(report.started_ms);
  report.data_carga = options.data_carga;
  report.config = plan.file.string();
  report.table = plan.table;
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
  auto saved = save_report(plan.staging, report);
  if (saved && !plan.staging_remote.empty()) saved = put_report(plan, report, options.stop);
  if (!saved && !report.error) report.error = saved.error();
  return report;
}

}  // namespace quarentena
