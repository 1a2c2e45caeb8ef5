#include "schedule/daemon.h"

#include <gmock/gmock.h>

#include <random>
#include <set>

#include "schedule/world_for_tests.h"

namespace quarentena::schedule {
namespace {

using testing::daily;
using testing::Disk;
using ::testing::ElementsAre;
using testing::FakeWorld;
using ::testing::HasSubstr;
using testing::Killed;
using testing::ms;
using testing::place_on;

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDayMs = 86'400'000;

class DaemonTest : public ::testing::Test {
 protected:
  /// Runs a daemon until `hours` of steady time have passed.
  Status run_for(FakeWorld& world, double hours, const std::string& id = "a-1") {
    world.stop_at_ms = world.steady_ms() + static_cast<std::int64_t>(hours * kHourMs);
    Journal journal(place_on(disk_));
    return Daemon(schedule_, journal, world, {id, "host of " + id}).run();
  }
  Standing standing() {
    Journal journal(place_on(disk_));
    return *standing_from_json((*journal.newest())->text);
  }
  /// As another daemon would write it.
  void write(Standing standing) {
    Journal journal(place_on(disk_));
    const auto newest = *journal.newest();
    ASSERT_EQ(journal.add({newest ? newest->number + 1 : 1, to_json(standing)}), PutNew::done);
  }
  static std::vector<std::string> days(const FakeWorld& world) {
    std::vector<std::string> out;
    for (const auto& begun : world.begun)
      out.push_back(begun.run.occurrence.day.iso() + " " + utc_iso(begun.at_ms).substr(11, 5));
    return out;
  }

  Schedule schedule_ = daily();
  Disk disk_;
};

TEST_F(DaemonTest, BeginsALoadWhenItIsDueAndLeavesNoLease) {
  FakeWorld world(ms("2024-05-28T08:00:00Z"));
  ASSERT_TRUE(run_for(world, 49.5));
  EXPECT_THAT(days(world), ElementsAre("2024-05-28 09:00", "2024-05-29 09:00", "2024-05-30 09:00"));
  EXPECT_EQ(standing().holder, "");
  EXPECT_LE(disk_.files.size(), 32U);
}

TEST_F(DaemonTest, ADegradedLoadIsBegunAgainUntilWhatWasLateCame) {
  schedule_.loads[0].wait_until_minutes = 7 * 60;
  FakeWorld world(ms("2024-05-28T08:00:00Z"));
  world.ends = [&](const DueRun&) { return RunEnd{world.begun.size() < 3 ? 3 : 0, 0}; };
  ASSERT_TRUE(run_for(world, 20));
  EXPECT_THAT(days(world), ElementsAre("2024-05-28 09:00", "2024-05-28 09:12", "2024-05-28 09:24"));
}

TEST_F(DaemonTest, WhatNeverCameIsLookedForALastTimeAtTheDeadline) {
  schedule_.loads[0].wait_until_minutes = 6 * 60 + 20;
  FakeWorld world(ms("2024-05-28T08:00:00Z"));
  world.ends = [](const DueRun&) { return RunEnd{3, 0}; };
  ASSERT_TRUE(run_for(world, 20));
  EXPECT_THAT(days(world), ElementsAre("2024-05-28 09:00", "2024-05-28 09:12", "2024-05-28 09:20"));
}

TEST_F(DaemonTest, AskedToEndItEndsItsLoadWaitsForItAndBeginsItAgainNextTime) {
  FakeWorld world(ms("2024-05-28T08:59:00Z"));
  world.takes_ms = 10 * kMinuteMs;
  ASSERT_TRUE(run_for(world, 0.05));
  EXPECT_EQ(world.begun.size(), 1U);
  EXPECT_GE(world.asked_to_end, 1);
  EXPECT_TRUE(world.begun[0].ended);
  EXPECT_EQ(standing().holder, "");
  ASSERT_TRUE(run_for(world, 1, "a-2"));
  EXPECT_EQ(world.begun.size(), 2U);
}

TEST_F(DaemonTest, AskedTwiceItKillsItsLoad) {
  FakeWorld world(ms("2024-05-28T08:59:00Z"));
  world.takes_ms = kHourMs;
  world.child_obeys = false;
  ASSERT_TRUE(run_for(world, 0.05));
  EXPECT_EQ(world.asked_to_end, 1);
  EXPECT_EQ(world.killed, 1);
}

TEST_F(DaemonTest, WhatAnotherMachineDoesIsWaitedForAndThenFoundDone) {
  FakeWorld world(ms("2024-05-28T08:59:00Z"));
  Standing other{"b-1", "b-1", "b", {{"diaria", {ms("2024-05-01T00:00:00Z"), {}}}}};
  for (int day = 1; day < 28; ++day)
    other.agenda["diaria"].days[Date(19843 + day)] = {
        ms("2024-05-01T09:00:00Z") + (day - 1) * kDayMs, 0, 0, {}};
  write(other);
  int renewals = 0;
  world.passing = [&] {
    if (world.now_ms() < ms("2024-05-28T09:00:00Z") || renewals > 20) return;
    if (++renewals < 20) return write(other);
    other.holder = "";
    other.agenda["diaria"].days[Date(19871)] = {ms("2024-05-28T09:00:00Z"), 0, 0, {}};
    write(other);
  };
  ASSERT_TRUE(run_for(world, 2));
  EXPECT_GE(renewals, 20);
  EXPECT_TRUE(world.begun.empty());
}

TEST_F(DaemonTest, AMachineThatFellSilentIsFollowedAfterItsLease) {
  FakeWorld world(ms("2024-05-28T09:10:00Z"));
  write({"b-1", "b-1", "b", {{"diaria", {ms("2024-05-28T00:00:00Z"), {}}}}});
  ASSERT_TRUE(run_for(world, 1));
  EXPECT_THAT(days(world), ElementsAre("2024-05-28 09:11"));
  EXPECT_THAT(world.lines, ::testing::Contains(HasSubstr("b fell silent")));
}

TEST_F(DaemonTest, ItsLeaseIsRenewedAsLongAsTheLoadTakes) {
  FakeWorld world(ms("2024-05-28T08:59:00Z"));
  world.takes_ms = 2 * kHourMs;
  std::set<std::string> seen;
  world.passing = [&] { seen.insert(disk_.files.rbegin()->first); };
  ASSERT_TRUE(run_for(world, 3));
  EXPECT_EQ(world.begun.size(), 1U);
  EXPECT_GT(seen.size(), 350U);  // every 20 s
}

TEST_F(DaemonTest, WhoLostTheLeaseStopsItsLoadAndWritesNothingOfIt) {
  FakeWorld world(ms("2024-05-28T08:59:00Z"));
  world.takes_ms = kHourMs;
  bool taken = false;
  world.passing = [&] {
    if (world.begun.empty() || taken) return;
    taken = true;
    world.takes_ms = kMinuteMs;
    auto other = standing();
    other.writer = other.holder = other.host = "b-1";
    write(other);
  };
  ASSERT_TRUE(run_for(world, 0.1));
  EXPECT_EQ(world.asked_to_end, 1);
  EXPECT_THAT(world.lines, ::testing::Contains(HasSubstr("another machine took it")));
  EXPECT_EQ(world.begun.size(), 2U);  // b fell silent in its turn
}

TEST_F(DaemonTest, WithoutItsStoreALoadIsStoppedBeforeTheLeaseIsOver) {
  FakeWorld world(ms("2024-05-28T08:59:00Z"));
  world.takes_ms = kHourMs;
  std::int64_t ended_ms = 0;
  world.passing = [&] {
    disk_.away = !world.begun.empty();
    if (world.asked_to_end == 1 && ended_ms == 0) ended_ms = world.now_ms();
  };
  ASSERT_TRUE(run_for(world, 0.1));
  EXPECT_EQ(world.asked_to_end, 1);
  EXPECT_LT(ended_ms, ms("2024-05-28T09:01:00Z"));
  EXPECT_THAT(world.lines, ::testing::Contains(HasSubstr("the disk is away")));
}

TEST_F(DaemonTest, AStoreThatIsAwayForANightEndsNothing) {
  FakeWorld world(ms("2024-05-28T08:00:00Z"));
  world.passing = [&] {
    disk_.away =
        world.now_ms() > ms("2024-05-28T08:30:00Z") && world.now_ms() < ms("2024-05-28T20:00:00Z");
  };
  ASSERT_TRUE(run_for(world, 14));
  EXPECT_THAT(days(world), ElementsAre("2024-05-28 20:00"));
}

TEST_F(DaemonTest, ADamagedJournalEndsItWithItsNumber) {
  disk_.files["00000000000000000007.json"] = "half a li";
  FakeWorld world(ms("2024-05-28T08:00:00Z"));
  const auto ended = run_for(world, 1);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::data);
  EXPECT_THAT(ended.error().what, HasSubstr("entry 7"));
}

TEST_F(DaemonTest, LooksAroundOnceAMinute) {
  FakeWorld world(ms("2024-05-28T10:00:00Z"));
  ASSERT_TRUE(run_for(world, 1));
  EXPECT_NEAR(world.looked_around, 60, 2);
}

// ---- a year ----------------------------------------------------------------------------------

struct Year {
  std::string zone, cron;
  unsigned seed;
};

/// A daemon through a year in which it is killed (often just before or after it writes), stays
/// down for up to five days, oversleeps, and has its clock put forward and back.
class AYear : public ::testing::TestWithParam<Year> {
 protected:
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }

  /// One life of the daemon: it ends by SIGKILL.
  void live(FakeWorld& world) {
    const auto kill_at_ms = world.steady_ms() + between(kHourMs, 20 * kDayMs);
    const auto kill_at_write = between(1, 1500);  // before or after it; a load takes a hundred
    std::int64_t writes = 0, jump_back_ms = 0;
    const auto perhaps_kill = [&] {
      if (++writes >= kill_at_write) throw Killed{};
    };
    disk_.before_write = disk_.after_write = perhaps_kill;
    world.passing = [&] {
      if (world.steady_ms() >= kill_at_ms) throw Killed{};
      if (jump_back_ms != 0) {
        world.put_clock(-jump_back_ms);
        jump_back_ms = 0;
      } else if (between(0, 60) == 0) {
        jump_back_ms = between(-5 * kHourMs, 5 * kHourMs);
        world.put_clock(jump_back_ms);
      }
    };
    try {
      Journal journal(place_on(disk_));
      static_cast<void>(Daemon(schedule_, journal, world, {fmt_id(), "a"}).run());
    } catch (const Killed&) {
      world.child_dies_with_its_parent();
      world.put_clock(-jump_back_ms);
      if (!world.begun.empty() && world.begun.back().ended && !is_written(world.begun.back().run))
        ++killed_before_it_was_written_;
    }
  }
  bool is_written(const DueRun& run) {
    Journal journal(place_on(disk_));
    auto standing = *standing_from_json((*journal.newest())->text);
    return standing.agenda[run.load].days[run.occurrence.day].at_ms == run.occurrence.at_ms;
  }
  std::string fmt_id() { return "a-" + std::to_string(++lives_); }

  Schedule schedule_;
  Disk disk_;
  std::mt19937 random_;
  int lives_ = 0;
  int killed_before_it_was_written_ = 0;
};

TEST_P(AYear, EveryDueDayIsLoadedNoneTwiceNoneMissed) {
  const auto& [zone, cron, seed] = GetParam();
  schedule_ = daily(cron, zone);
  schedule_.catch_up_ms = 14 * kDayMs;  // several lives in a row may be short
  random_.seed(seed);
  const auto begin = ms("2018-01-01T00:30:00Z"), end = begin + 365 * kDayMs;
  FakeWorld world(begin);
  world.oversleep = [&](std::int64_t asked) {
    return between(0, 3) == 0 ? between(1, 45 * kMinuteMs) : asked * 30;
  };
  world.takes_ms = 7 * kMinuteMs;
  while (world.now_ms() < end) {
    live(world);
    world.put_clock(between(kMinuteMs, between(0, 3) == 0 ? 3 * kDayMs : kHourMs));  // it is down
  }
  // A last, quiet life makes good what is missing.
  disk_.before_write = disk_.after_write = [] {};
  world.passing = [] {};
  const auto last_ms = world.now_ms();
  world.stop_at_ms = world.steady_ms() + 6 * kHourMs;
  Journal journal(place_on(disk_));
  ASSERT_TRUE(Daemon(schedule_, journal, world, {fmt_id(), "a"}).run());

  std::map<Date, int> ended;
  for (const auto& begun : world.begun)
    if (begun.ended) ++ended[begun.run.occurrence.day];
  int due = 0, repeated = 0;
  for (auto at = schedule_.loads[0].cron.next(begin); at && at->at_ms < last_ms;
       at = schedule_.loads[0].cron.next(at->at_ms)) {
    ++due;
    EXPECT_GE(ended[at->day], 1) << at->day.iso() << " was missed";
    repeated += std::max(0, ended[at->day] - 1);
  }
  EXPECT_GE(due, 365);
  EXPECT_GT(lives_, 30);
  // One that ended just before SIGKILL, so that nobody could write it down, is run again and finds
  // its day published. Nothing else is repeated.
  EXPECT_LE(repeated, killed_before_it_was_written_);
}

INSTANTIATE_TEST_SUITE_P(Years, AYear,
                         ::testing::Values(Year{"America/New_York", "30 2 * * *", 1},
                                           Year{"America/New_York", "30 1 * * *", 2},
                                           Year{"America/Sao_Paulo", "0 0 * * *", 3}),
                         [](const auto& year) { return "seed" + std::to_string(year.param.seed); });

}  // namespace
}  // namespace quarentena::schedule
