#include <gtest/gtest.h>

#include "lookup/lookup.h"

namespace quarentena {
namespace {

constexpr std::int64_t kHour = 3'600'000;

std::int64_t at(const char* time) { return parse_timestamp_ms(time, "America/Sao_Paulo").value(); }

Unknown freshness_at(const char* loaded, const char* now) {
  Plan plan;
  IndexInfo info;
  info.data_carga = *Date::parse_iso("2024-05-28");
  info.loaded_ms = at(loaded);
  return freshness(plan, info, at(now));
}

TEST(Freshness, CountsFromWhenTheDayWasLoaded) {
  EXPECT_EQ(freshness_at("2024-05-28T05:00", "2024-05-28T05:01"), Unknown::none);
  EXPECT_EQ(freshness_at("2024-05-28T05:00", "2024-05-29T17:00"), Unknown::none);
  EXPECT_EQ(freshness_at("2024-05-28T05:00", "2024-05-29T17:01"), Unknown::stale);
}

TEST(Freshness, OfADayThatWasLoadedLaterCountsFromItsEnd) {
  EXPECT_EQ(freshness_at("2024-06-20T05:00", "2024-05-30T12:00"), Unknown::none);
  EXPECT_EQ(freshness_at("2024-06-20T05:00", "2024-06-20T05:01"), Unknown::stale);
}

TEST(Freshness, FollowsTheConfiguredAge) {
  Plan plan;
  plan.check.max_age_hours = 2;
  IndexInfo info;
  info.data_carga = *Date::parse_iso("2024-05-28");
  info.loaded_ms = at("2024-05-28T05:00");
  EXPECT_EQ(freshness(plan, info, info.loaded_ms + 2 * kHour), Unknown::none);
  EXPECT_EQ(freshness(plan, info, info.loaded_ms + 2 * kHour + 1), Unknown::stale);
}

}  // namespace
}  // namespace quarentena
