#include "config/schedule.h"

#include <gmock/gmock.h>

#include "base/source_folder_for_tests.h"

namespace quarentena {
namespace {

const std::filesystem::path kTestData = source_folder() / "src/config/testdata";

TEST(Schedule, EveryKeyReachesThePlan) {
  const auto loaded = load_schedule(kTestData / "good/schedule.yml");
  ASSERT_TRUE(loaded) << loaded.error().what;
  EXPECT_EQ(loaded->catch_up_ms, 36 * 3'600'000LL);
  EXPECT_EQ(loaded->retries, 2);
  EXPECT_EQ(loaded->lease_ms, 300'000);
  ASSERT_EQ(loaded->loads.size(), 2U);
  const auto& daily = loaded->loads[0];
  EXPECT_EQ(daily.name, "diaria");
  EXPECT_EQ(daily.cron.expression(), "0 6 * * *");
  EXPECT_EQ(daily.cron.zone(), "America/Manaus");
  EXPECT_EQ(daily.wait_until_minutes, 9 * 60 + 30);
  EXPECT_EQ(daily.check_every_ms, 300'000);
  EXPECT_TRUE(daily.only.empty());
  const auto& hourly = loaded->loads[1];
  EXPECT_THAT(hourly.only, testing::ElementsAre("fraude"));
  EXPECT_FALSE(hourly.wait_until_minutes);
  EXPECT_EQ(hourly.check_every_ms, 600'000);
}

TEST(Schedule, AFileThatSaysNothingSchedulesNothing) {
  const auto schedule = load_schedule(kTestData / "good/least.yml");
  ASSERT_TRUE(schedule) << schedule.error().what;
  EXPECT_TRUE(schedule->loads.empty());
}

}  // namespace
}  // namespace quarentena
