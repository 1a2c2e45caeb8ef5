#include "base/date.h"

#include <gmock/gmock.h>

namespace quarentena {
namespace {

using testing::HasSubstr;

TEST(Date, IsReadFromExactlyAnIsoDayThatExists) {
  EXPECT_EQ(Date::parse_iso("1970-01-01")->days(), 0);
  EXPECT_EQ(Date::parse_iso("2024-02-29")->days(), 19782);
  EXPECT_EQ(Date::parse_iso("1969-12-31")->days(), -1);
  for (const char* text : {"", "2024-2-29", "2023-02-29", "2024-02-30", "2024-13-01", "2024-00-01",
                           "2024-01-00", "-024-01-01", "2024-01-01 ", "20240101", "2024/01/01"})
    EXPECT_FALSE(Date::parse_iso(text)) << text;
}

TEST(Date, IsWrittenAsItIsRead) {
  for (const char* text : {"0001-01-01", "1970-01-01", "2024-02-29", "9999-12-31"})
    EXPECT_EQ(Date::parse_iso(text)->iso(), text);
}

TEST(Date, IsFormattedByTheCodesOfLocations) {
  const auto day = *Date::parse_iso("2024-03-01");
  EXPECT_EQ(*day.format("m_%Y%m%d_%y_%j_100%%"), "m_20240301_24_061_100%");
}

TEST(Date, RefusesACodeItDoesNotKnowByName) {
  EXPECT_THAT(Date().format("%Y-%H").error().what, HasSubstr("'%H'"));
  EXPECT_FALSE(Date().format("100%"));
}

TEST(TimeZone, IsKnownOrNot) {
  EXPECT_TRUE(known_time_zone("America/Sao_Paulo"));
  EXPECT_FALSE(known_time_zone("America/Sampa"));
  EXPECT_FALSE(known_time_zone(""));
}

std::string utc(const char* text, const char* zone = "America/Sao_Paulo") {
  const auto ms = parse_timestamp_ms(text, zone);
  return ms ? utc_iso(*ms) : "refused";
}

TEST(Timestamp, WithoutAZoneIsLocalTime) {
  EXPECT_EQ(utc("2024-05-28"), "2024-05-28T03:00:00.000Z");
  EXPECT_EQ(utc("2024-05-28T10:30"), "2024-05-28T13:30:00.000Z");
  EXPECT_EQ(utc("2024-05-28 10:30:15.25"), "2024-05-28T13:30:15.250Z");
  EXPECT_EQ(utc("2024-05-28T10:30:15.1239999", "UTC"), "2024-05-28T10:30:15.123Z");
}

TEST(Timestamp, WithAZoneIsThatInstant) {
  EXPECT_EQ(utc("2024-05-28T10:30:00Z"), "2024-05-28T10:30:00.000Z");
  EXPECT_EQ(utc("2024-05-28T10:30:00-03:00"), "2024-05-28T13:30:00.000Z");
  EXPECT_EQ(utc("2024-05-28T10:30:00+0530"), "2024-05-28T05:00:00.000Z");
  EXPECT_EQ(utc("2024-05-28T10:30:00+03"), "2024-05-28T07:30:00.000Z");
}

TEST(Timestamp, OfAnHourThatTheClockSkippedIsStillATime) {
  EXPECT_NE(utc("2018-11-04T00:30"), "refused");  // daylight saving began at midnight
}

TEST(Timestamp, OfAnythingElseIsRefused) {
  for (const char* text :
       {"", "2024", "2024-05-28T", "2024-05-28T10", "2024-05-28T24:00", "2024-05-28T10:60",
        "2024-05-28T10:30:60", "2024-05-28T10:30Zx", "2024-05-28T10:30+3", "2024-05-28T10:30+03:",
        "2024-05-28T10:30+03:5", "2024-05-28T10:30+99:00", "2024-05-28T10:30+03:60",
        "2024-05-28T10:30:00.", "2024-05-28T10:30:00.Z", "2024-05-28Z10:30", "epoch"})
    EXPECT_EQ(utc(text), "refused") << text;
}

TEST(Timestamp, ReadsBackWhatItWrites) {
  for (const std::int64_t ms : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1716852600123}})
    EXPECT_EQ(*parse_timestamp_ms(utc_iso(ms), "Asia/Tokyo"), ms);
}

}  // namespace
}  // namespace quarentena
