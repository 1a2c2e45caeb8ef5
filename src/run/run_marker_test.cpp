#include "run/run_marker.h"

#include "run/runs_for_tests.h"

namespace quarentena {
namespace {

class RunMarkerTest : public testing::Test {
 protected:
  RunMarkerTest() {
    report_.run_id = "20240528T103000Z-1a2b3c";
    report_.status = RunStatus::running;
    report_.data_carga = kDay;
  }
  fs::path marker() const { return scratch_.path() / "runs" / report_.run_id / "running"; }
  int buried() {
    int count = 0;
    EXPECT_TRUE(bury_dead_runs(scratch_.path(), [&](const RunReport& run) {
      EXPECT_EQ(run.status, RunStatus::killed);
      ++count;
      return Status{};
    }));
    return count;
  }
  /// What a run that was killed leaves.
  void kill() {
    ASSERT_TRUE(save_report(scratch_.path(), report_));
    write(marker(), "");
  }

  ScratchFolder scratch_;
  RunReport report_;
};

TEST_F(RunMarkerTest, ARunThatLivesIsNotDeadAndOneThatEndedLeavesNoMark) {
  {
    const RunMarker marked(scratch_.path(), report_);
    EXPECT_EQ(read_report(scratch_.path(), report_.run_id)->status, RunStatus::running);
    EXPECT_FALSE(is_dead(scratch_.path(), report_));
    EXPECT_EQ(buried(), 0);
  }
  EXPECT_FALSE(fs::exists(marker()));
}

TEST_F(RunMarkerTest, ARunThatWasKilledIsFoundOnce) {
  kill();
  EXPECT_TRUE(is_dead(scratch_.path(), report_));
  EXPECT_EQ(buried(), 1);
  EXPECT_EQ(read_report(scratch_.path(), report_.run_id)->status, RunStatus::killed);
  EXPECT_EQ(buried(), 0);
}

TEST_F(RunMarkerTest, WhatWasNotTakenComesAgain) {
  kill();
  EXPECT_FALSE(bury_dead_runs(scratch_.path(), [](const RunReport&) -> Status {
    return fail(ErrorKind::machine, "not now");
  }));
  EXPECT_EQ(buried(), 1);
}

TEST_F(RunMarkerTest, ARunThatWasKilledAfterItsEndKeepsItsResults) {
  report_.status = RunStatus::published;
  kill();
  EXPECT_EQ(buried(), 0);
  EXPECT_FALSE(fs::exists(marker()));
  EXPECT_EQ(read_report(scratch_.path(), report_.run_id)->status, RunStatus::published);
}

}  // namespace
}  // namespace quarentena
