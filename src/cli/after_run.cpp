#include "cli/after_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "alerts/alerts.h"
#include "cli/command.h"
#include "cli/log.h"
#include "history/history.h"
#include "run/run_marker.h"
#include "telemetry/telemetry.h"

namespace quarentena::cli {
namespace {

/// Who could not reach it then would wait for it in vain again; the next run records this one.
bool reached_the_table(const RunReport& run) {
  return std::any_of(run.steps.begin(), run.steps.end(),
                     [](const auto& step) { return step.name == "fetch"; });
}

void raise(const Plan& plan, const std::vector<RunReport>& runs) {
  const auto told = alerts::raise(plan, runs, &stop_requested());
  for (const auto& problem : told.problems) log_warning("alerts", problem);
  if (told.waiting > 0)
    log_warning(
        "alerts",
        fmt::format("{} wait; the next run sends them, or `quarentena alerts send`", told.waiting));
}

}  // namespace

void before_run(const Plan& plan) {
  const auto buried = bury_dead_runs(plan.staging, [&](const RunReport& report) {
    log_warning("run " + report.run_id,
                fmt::format("it was killed, loading {}", report.data_carga.iso()));
    raise(plan, {report});
    return Status{};
  });
  if (!buried) log_warning("killed runs", buried.error().what);
}

void after_run(const Plan& plan, std::vector<RunReport> runs) {
  std::erase_if(runs, [](const auto& run) { return run.status == RunStatus::dry_run; });
  if (runs.empty()) return;
  if (reached_the_table(runs.back()))
    if (const auto recorded = record_runs(plan); !recorded)
      log_warning("run history", recorded.error().what);
  for (const auto& run : runs)
    for (const auto& problem : tell_monitoring(plan, run)) log_warning("telemetry", problem);
  // Whoever stopped it knows.
  if (stop_requested()) std::erase_if(runs, [](const auto& run) { return run.error.has_value(); });
  raise(plan, runs);
}

}  // namespace quarentena::cli
