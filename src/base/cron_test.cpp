#include "base/cron.h"

#include <gtest/gtest.h>

namespace quarentena {
namespace {

std::int64_t ms(const std::string& text) { return *parse_timestamp_ms(text, "UTC"); }

Cron cron(const std::string& expression, const std::string& zone = "America/Sao_Paulo") {
  auto parsed = Cron::parse(expression, zone);
  EXPECT_TRUE(parsed) << parsed.error().what;
  return *parsed;
}

/// The next `count` after `from`, in UTC.
std::vector<std::string> following(const Cron& cron, const std::string& from, int count) {
  std::vector<std::string> out;
  auto at = ms(from);
  for (int i = 0; i < count; ++i) {
    const auto found = cron.next(at);
    if (!found) break;
    at = found->at_ms;
    out.push_back(utc_iso(at).substr(0, 16) + " " + found->day.iso());
  }
  return out;
}

using Times = std::vector<std::string>;

TEST(Cron, ATimeIsThatOfTheZone) {
  EXPECT_EQ(following(cron("0 6 * * *"), "2024-05-28T09:00:00Z", 2),
            (Times{"2024-05-29T09:00 2024-05-29", "2024-05-30T09:00 2024-05-30"}));
  EXPECT_EQ(following(cron("30 23 * * *"), "2024-05-28T00:00:00Z", 1),
            (Times{"2024-05-28T02:30 2024-05-27"}));
}

TEST(Cron, FieldsAreThoseOfACrontab) {
  EXPECT_EQ(following(cron("0 6 * * 1-5", "UTC"), "2024-05-31T07:00:00Z", 1),
            (Times{"2024-06-03T06:00 2024-06-03"}));
  EXPECT_EQ(following(cron("0 6 * * 0", "UTC"), "2024-05-28T07:00:00Z", 1),
            following(cron("0 6 * * 7", "UTC"), "2024-05-28T07:00:00Z", 1));
  // Day of the month or weekday, as every cron takes the two together.
  EXPECT_EQ(following(cron("0 6 1 * MON", "UTC"), "2024-05-28T07:00:00Z", 2),
            (Times{"2024-06-01T06:00 2024-06-01", "2024-06-03T06:00 2024-06-03"}));
  EXPECT_EQ(following(cron("*/20 * * * * *", "UTC"), "2024-05-28T07:00:01Z", 1),
            (Times{"2024-05-28T07:00 2024-05-28"}));
  EXPECT_EQ(following(cron("@daily", "UTC"), "2024-05-28T07:00:00Z", 1),
            (Times{"2024-05-29T00:00 2024-05-29"}));
}

TEST(Cron, ATimeThatClocksSkipComesOnceAndWhenTheyAreForwarded) {
  // New York, 2024-03-10: 02:00 becomes 03:00, which is 07:00 UTC.
  EXPECT_EQ(following(cron("30 2 * * *", "America/New_York"), "2024-03-09T12:00:00Z", 2),
            (Times{"2024-03-10T07:00 2024-03-10", "2024-03-11T06:30 2024-03-11"}));
  // Sao Paulo, 2018-11-04: midnight became 01:00.
  EXPECT_EQ(following(cron("0 0 * * *"), "2018-11-03T12:00:00Z", 2),
            (Times{"2018-11-04T03:00 2018-11-04", "2018-11-05T02:00 2018-11-05"}));
  // Of the skipped hour's four quarters and 03:00 itself one is left.
  EXPECT_EQ(following(cron("*/15 * * * *", "America/New_York"), "2024-03-10T06:45:00Z", 2),
            (Times{"2024-03-10T07:00 2024-03-10", "2024-03-10T07:15 2024-03-10"}));
}

TEST(Cron, ATimeThatClocksShowTwiceComesOnce) {
  // New York, 2024-11-03: 02:00 EDT becomes 01:00 EST.
  const auto nightly = cron("30 1 * * *", "America/New_York");
  EXPECT_EQ(following(nightly, "2024-11-02T12:00:00Z", 2),
            (Times{"2024-11-03T05:30 2024-11-03", "2024-11-04T06:30 2024-11-04"}));
  EXPECT_EQ(following(nightly, "2024-11-03T05:45:00Z", 1), (Times{"2024-11-04T06:30 2024-11-04"}));
  // Sao Paulo, 2018-02-18: midnight became 23:00 of the day before.
  EXPECT_EQ(following(cron("30 23 * * *"), "2018-02-17T12:00:00Z", 2),
            (Times{"2018-02-18T01:30 2018-02-17", "2018-02-19T02:30 2018-02-18"}));
}

TEST(Cron, TheLastIsFoundWhateverTheClocksDid) {
  const auto nightly = cron("30 1 * * *", "America/New_York");
  EXPECT_EQ(nightly.last(ms("2024-11-03T05:30:00Z"))->at_ms, ms("2024-11-03T05:30:00Z"));
  EXPECT_EQ(nightly.last(ms("2024-11-03T05:29:59Z"))->at_ms, ms("2024-11-02T05:30:00Z"));
  // Clocks show 01:10 for the second time.
  EXPECT_EQ(nightly.last(ms("2024-11-03T06:10:00Z"))->at_ms, ms("2024-11-03T05:30:00Z"));
  EXPECT_EQ(cron("30 2 * * *", "America/New_York").last(ms("2024-03-10T07:00:00Z"))->at_ms,
            ms("2024-03-10T07:00:00Z"));
}

TEST(Cron, AYearOfBothDirectionsAgrees) {
  for (const auto* expression : {"30 1 * * *", "30 2 * * *", "0 */6 * * *", "15 0 1 * *"}) {
    const auto each = cron(expression, "America/New_York");
    auto at = ms("2024-01-01T00:00:00Z");
    while (at < ms("2025-01-01T00:00:00Z")) {
      const auto next = each.next(at);
      ASSERT_TRUE(next);
      EXPECT_EQ(each.last(next->at_ms), next) << utc_iso(next->at_ms);
      const auto before = each.last(next->at_ms - 1);
      ASSERT_TRUE(before);
      EXPECT_EQ(each.next(before->at_ms), next) << utc_iso(next->at_ms);
      at = next->at_ms;
    }
  }
}

TEST(Cron, WhatIsNoExpressionIsToldWithItsText) {
  for (const auto* wrong :
       {"", "0 6 * *", "61 6 * * *", "0 6 * * XYZ", "0 6 * * * * *", "às seis"}) {
    const auto parsed = Cron::parse(wrong, "UTC");
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_EQ(parsed.error().kind, ErrorKind::config);
    EXPECT_NE(parsed.error().what.find(wrong), std::string::npos);
    EXPECT_NE(parsed.error().hint.find("0 6 * * *"), std::string::npos);
  }
  EXPECT_FALSE(Cron::parse("0 6 30 2 *", "UTC"));  // never
}

}  // namespace
}  // namespace quarentena
