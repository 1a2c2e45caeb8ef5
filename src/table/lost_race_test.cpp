#include "table/lost_race.h"

#include <gtest/gtest.h>

#include <set>

namespace quarentena {
namespace {

TEST(PauseAfterLostRace, GrowsToAnEndAndIsNeverNothing) {
  for (int lost = 1; lost <= kCommitAttempts; ++lost) {
    const auto pause = pause_after_lost_race(lost).count();
    EXPECT_GE(pause, 5) << lost;
    EXPECT_LE(pause, 640) << lost;
  }
  EXPECT_GT(pause_after_lost_race(30), pause_after_lost_race(1));
}

TEST(PauseAfterLostRace, IsAnotherEachTime) {
  std::set<std::chrono::milliseconds> pauses;
  for (int i = 0; i < 50; ++i) pauses.insert(pause_after_lost_race(6));
  EXPECT_GT(pauses.size(), 10U);
}

}  // namespace
}  // namespace quarentena
