#include "schedule/agenda.h"

#include <gmock/gmock.h>

#include "schedule/world_for_tests.h"

namespace quarentena::schedule {
namespace {

using testing::daily;
using ::testing::ElementsAre;
using testing::ms;

constexpr std::int64_t kMinuteMs = 60'000;

Agenda since(const std::string& utc) { return {{"diaria", {ms(utc), {}}}}; }

/// The days that are due at `now`, each done at once.
std::vector<std::string> due(const Schedule& schedule, Agenda& agenda, const std::string& now) {
  std::vector<std::string> out;
  while (const auto run = next_step(schedule, agenda, ms(now)).run) {
    out.push_back(run->occurrence.day.iso());
    record(agenda, schedule, *run, {}, ms(now));
  }
  return out;
}

TEST(Agenda, ALoadIsDueOnceAtItsTime) {
  const auto schedule = daily();
  auto agenda = since("2024-05-28T08:00:00Z");
  EXPECT_FALSE(next_step(schedule, agenda, ms("2024-05-28T08:59:59Z")).run);
  EXPECT_EQ(next_step(schedule, agenda, ms("2024-05-28T08:59:59Z")).wake_ms,
            ms("2024-05-28T09:00:00Z"));
  EXPECT_THAT(due(schedule, agenda, "2024-05-28T09:00:00Z"), ElementsAre("2024-05-28"));
  EXPECT_THAT(due(schedule, agenda, "2024-05-29T08:59:00Z"), ElementsAre());
  EXPECT_EQ(next_step(schedule, agenda, ms("2024-05-28T09:00:00Z")).wake_ms,
            ms("2024-05-29T09:00:00Z"));
}

TEST(Agenda, WhatWasBeforeItWasFirstSeenWasNotMissed) {
  auto agenda = since("2024-05-28T09:00:01Z");
  EXPECT_THAT(due(daily(), agenda, "2024-05-28T12:00:00Z"), ElementsAre());
}

TEST(Agenda, MissedDaysAreMadeGoodEachAsItselfTheOldestFirst) {
  auto agenda = since("2024-05-01T00:00:00Z");
  EXPECT_THAT(due(daily(), agenda, "2024-05-03T12:00:00Z"),
              ElementsAre("2024-05-01", "2024-05-02", "2024-05-03"));
  // Six days down; and eight, of which seven can be caught up.
  EXPECT_EQ(due(daily(), agenda, "2024-05-09T12:00:00Z").size(), 6U);
  const auto after_long = due(daily(), agenda, "2024-05-17T12:00:00Z");
  EXPECT_EQ(after_long.size(), 7U);
  EXPECT_EQ(after_long.front(), "2024-05-11");
}

TEST(Agenda, OfADayOfWhichSeveralWereMissedTheLastIsRun) {
  const auto schedule = daily("0 */6 * * *", "UTC");
  auto agenda = since("2024-05-27T13:00:00Z");
  const auto step = next_step(schedule, agenda, ms("2024-05-28T13:00:00Z"));
  EXPECT_EQ(step.run->occurrence, (Occurrence{ms("2024-05-27T18:00:00Z"), Date(19870)}));
  EXPECT_THAT(due(schedule, agenda, "2024-05-28T13:00:00Z"),
              ElementsAre("2024-05-27", "2024-05-28"));
  EXPECT_THAT(due(schedule, agenda, "2024-05-28T18:00:00Z"), ElementsAre("2024-05-28"));
}

TEST(Agenda, AClockThatIsPutBackRepeatsNothingAndOneThatIsAheadLosesNothing) {
  auto agenda = since("2024-05-20T00:00:00Z");
  EXPECT_EQ(due(daily(), agenda, "2024-05-22T09:30:00Z").size(), 3U);
  EXPECT_THAT(due(daily(), agenda, "2024-05-22T08:00:00Z"), ElementsAre());
  EXPECT_THAT(due(daily(), agenda, "2024-05-22T09:10:00Z"), ElementsAre());
  // A month ahead for a moment, with what can be caught up there; then right again.
  EXPECT_EQ(due(daily(), agenda, "2024-06-22T09:10:00Z").size(), 7U);
  EXPECT_THAT(due(daily(), agenda, "2024-05-24T09:00:00Z"),
              ElementsAre("2024-05-23", "2024-05-24"));
}

TEST(Agenda, AClockThatIsAYearBackLoadsNoDayOfThatYear) {
  const auto schedule = daily();
  auto agenda = since("2023-01-01T00:00:00Z");
  auto at = ms("2023-01-01T12:00:00Z");
  for (int day = 0; day < 500; ++day, at += 86'400'000)
    ASSERT_EQ(due(schedule, agenda, utc_iso(at)).size(), 1U);
  EXPECT_LT(agenda["diaria"].days.size(), 100U);
  EXPECT_THAT(due(schedule, agenda, "2023-04-10T12:00:00Z"), ElementsAre());
}

TEST(Agenda, ALoadFirstSeenByAClockThatWasAheadIsNotPutOff) {
  Agenda agenda;
  EXPECT_TRUE(enter_new_loads(agenda, daily(), ms("2036-01-01T00:00:00Z")));
  EXPECT_TRUE(enter_new_loads(agenda, daily(), ms("2024-05-28T08:00:00Z")));
  EXPECT_FALSE(enter_new_loads(agenda, daily(), ms("2024-05-28T08:01:00Z")));
  EXPECT_THAT(due(daily(), agenda, "2024-05-28T09:00:00Z"), ElementsAre("2024-05-28"));
}

class AfterARun : public ::testing::Test {
 protected:
  /// When it is to be run again, in whole minutes after 09:00, at the latest; -1: it is done.
  std::int64_t ended(const RunEnd& end, const std::string& now) {
    const DueRun run{"diaria", {ms("2024-05-28T09:00:00Z"), Date(19871)}};
    record(agenda_, schedule_, run, end, ms("2024-05-28T" + now + ":00Z"));
    const auto again = agenda_["diaria"].days.begin()->second.again_ms;
    return again ? (*again - run.occurrence.at_ms + kMinuteMs - 1) / kMinuteMs : -1;
  }
  Schedule schedule_ = daily();
  Agenda agenda_ = since("2024-05-28T00:00:00Z");
};

TEST_F(AfterARun, DoneHeldAndWhatThePersonMustFixIsNotRepeated) {
  for (const int code : {0, 4, 1, 2}) EXPECT_EQ(ended({code, 0}, "09:02"), -1) << code;
}

TEST_F(AfterARun, ADegradedOneIsOnlyRepeatedUntilItsDeadline) {
  EXPECT_EQ(ended({3, 0}, "09:02"), -1);
  schedule_.loads[0].wait_until_minutes = 6 * 60 + 25;
  EXPECT_EQ(ended({3, 0}, "09:02"), 12);
  EXPECT_EQ(ended({1, 0}, "09:12"), 22);  // a source that is required is not there
  EXPECT_EQ(ended({3, 0}, "09:22"), 25);  // a last one at the deadline
  EXPECT_EQ(ended({3, 0}, "09:25"), -1);
  EXPECT_EQ(ended({0, 0}, "09:12"), -1);
}

TEST_F(AfterARun, WhatMayPassIsRepeatedLaterAndLaterButNotForEver) {
  schedule_.retries = 3;
  EXPECT_EQ(ended({5, 0}, "09:00"), 1);
  EXPECT_EQ(ended({5, 0}, "09:02"), 4);
  EXPECT_EQ(ended({0, 9}, "09:05"), 9);
  EXPECT_EQ(ended({5, 0}, "09:10"), -1);
}

TEST_F(AfterARun, TheNextOccurrenceCountsItsFailuresAnew) {
  schedule_.retries = 1;
  ended({5, 0}, "09:00");
  EXPECT_EQ(ended({5, 0}, "09:02"), -1);
  const DueRun next{"diaria", {ms("2024-05-29T09:00:00Z"), Date(19872)}};
  record(agenda_, schedule_, next, {5, 0}, next.occurrence.at_ms);
  EXPECT_TRUE(agenda_["diaria"].days[Date(19872)].again_ms);
}

TEST_F(AfterARun, WhileItWaitsAnotherDayMayRunAndAClockPutBackDoesNotKeepItWaiting) {
  ended({5, 0}, "09:00");
  EXPECT_FALSE(next_step(schedule_, agenda_, ms("2024-05-28T09:00:30Z")).run);
  EXPECT_EQ(next_step(schedule_, agenda_, ms("2024-05-28T09:00:30Z")).wake_ms,
            ms("2024-05-28T09:01:00Z"));
  EXPECT_TRUE(next_step(schedule_, agenda_, ms("2024-05-28T09:01:00Z")).run);
  agenda_["diaria"].days.begin()->second.again_ms = ms("2024-05-29T12:00:00Z");
  EXPECT_TRUE(next_step(schedule_, agenda_, ms("2024-05-28T10:00:00Z")).run);
}

TEST(Standing, IsReadAsItWasWritten) {
  Standing standing{"a-1", "a-1", "a", since("2024-05-28T00:00:00Z")};
  standing.agenda["diaria"].days[Date(19871)] = {ms("2024-05-28T09:00:00Z"), 5, 2, 77};
  standing.agenda["diaria"].days[Date(19872)] = {ms("2024-05-29T09:00:00Z"), 0, 0, {}};
  const auto read = standing_from_json(to_json(standing));
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->holder, "a-1");
  EXPECT_EQ(read->host, "a");
  EXPECT_EQ(read->agenda, standing.agenda);
}

TEST(Standing, WhatIsNoneIsToldAsDamage) {
  for (const auto* text : {"", "{", "{}", R"({"schema":"quarentena/schedule/2"})"}) {
    const auto read = standing_from_json(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().kind, ErrorKind::data);
  }
}

}  // namespace
}  // namespace quarentena::schedule
