#include "run/run_metrics.h"

#include "run/runs_for_tests.h"

namespace quarentena {
namespace {

using testing::HasSubstr;
using testing::Not;

RunReport run_of(const char* id, RunStatus status) {
  RunReport report;
  report.run_id = id;
  report.status = status;
  report.data_carga = kDay;
  report.started_ms = 1'716'892'200'000;
  report.finished_ms = 1'716'892'202'500;
  return report;
}

TEST(RunMetrics, TellTheLastRunAndTheLastSuccess) {
  const ScratchFolder scratch;
  EXPECT_EQ(run_metrics(scratch.path()), "");
  auto good = run_of("20240528T1", RunStatus::published);
  good.canais = {{"CRM \"a\"", 90, 5, {}}};
  ASSERT_TRUE(save_report(scratch.path(), good));
  EXPECT_THAT(run_metrics(scratch.path()),
              HasSubstr("quarentena_run_canal_entered{canal=\"CRM \\\"a\\\"\"} 5\n"));
  EXPECT_THAT(run_metrics(scratch.path()), Not(HasSubstr("run_canal_left{")));
  auto bad = run_of("20240528T2", RunStatus::failed);
  bad.finished_ms += 60'000;
  ASSERT_TRUE(save_report(scratch.path(), bad));
  ASSERT_TRUE(save_report(scratch.path(), run_of("20240528T3", RunStatus::dry_run)));
  const auto text = run_metrics(scratch.path());
  EXPECT_THAT(text, HasSubstr("quarentena_run_status{status=\"failed\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("quarentena_run_status{status=\"published\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("quarentena_run_duration_seconds 62.5\n"));
  EXPECT_THAT(text, HasSubstr("quarentena_run_success_timestamp_seconds 1716892202.5\n"));
}

}  // namespace
}  // namespace quarentena
