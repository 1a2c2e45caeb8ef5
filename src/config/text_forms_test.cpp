#include "config/text_forms.h"

#include <gmock/gmock.h>

namespace quarentena {
namespace {

TEST(IsoMoment, IsADayWithOrWithoutATimeAndAZone) {
  for (const char* good :
       {"2024-05-28", "2024-05-28T06:00", "2024-05-28 06:00:00", "2024-05-28T06:00:00Z",
        "2024-05-28T06:00:00.123456789-03:00", "2024-05-28T06:00:00+0000"}) {
    EXPECT_TRUE(is_iso_moment(good)) << good;
  }
  for (const char* bad :
       {"", "2024-5-28", "2024-02-30", "2024-05-28T", "2024-05-28T24:00", "2024-05-28T06:60",
        "2024-05-28T06:00:61", "2024-05-28T06:00:00.", "2024-05-28T06:00:00X", "28/05/2024",
        "2024-05-28T06:00:00+3", "2024-05-28T06:00Zz", "2024-05-28T06"}) {
    EXPECT_FALSE(is_iso_moment(bad)) << bad;
  }
}

TEST(Reference, IsOneWholeReference) {
  for (const char* good :
       {"${env:A_1}", "${file:/run/secrets/x}", "${cmd:pass show x}", "${databricks:scope/key}"}) {
    EXPECT_TRUE(is_reference(good)) << good;
  }
  for (const char* bad : {"", "${}", "${env:}", "${env:1A}", "${env:A-B}", "x${env:A}", "${env:A}x",
                          "${env:A}${env:B}", "${vault:x}", "${databricks:key}",
                          "${databricks:/key}", "${databricks:a/b/c}", "$env:A"}) {
    EXPECT_FALSE(is_reference(bad)) << bad;
  }
}

TEST(DateFormat, NamesAWholeDay) {
  for (const char* good : {"%d/%m/%Y", "%Y%j", "%d-%b-%y", "%Y-%m-%d %H:%M:%S.%f%z",
                           "%m/%d/%Y %I:%M %p", "%%%Y%m%d"}) {
    EXPECT_EQ(why_not_date_format(good), std::nullopt) << good;
  }
  EXPECT_THAT(*why_not_date_format("%d/%m/%E"), testing::HasSubstr("unknown code '%E'"));
  EXPECT_THAT(*why_not_date_format("%d/%m/%é"), testing::HasSubstr("starts no code"));
}

TEST(DatedLocation, KnowsOnlyDataCarga) {
  EXPECT_EQ(why_not_dated("a_{data_carga:%Y-%m-%d}_{data_carga:%j}.csv"), std::nullopt);
  EXPECT_EQ(why_not_dated("a.csv"), std::nullopt);
  EXPECT_NE(why_not_dated("{data_carga:}"), std::nullopt);
  EXPECT_NE(why_not_dated("{{data_carga:%Y}}"), std::nullopt);
}

TEST(Milliseconds, HaveAUnitAndAnEnd) {
  EXPECT_EQ(milliseconds("500ms"), 500);
  EXPECT_EQ(milliseconds("5s"), 5000);
  EXPECT_EQ(milliseconds("60m"), 3'600'000);
  EXPECT_EQ(milliseconds("0s"), 0);
  for (const char* bad : {"", "5", "s", "-1s", "5 s", "1h", "61m", "99999999999s"}) {
    EXPECT_EQ(milliseconds(bad), std::nullopt) << bad;
  }
}

TEST(Hours, AreHoursOrDays) {
  EXPECT_EQ(hours("26h"), 26);
  EXPECT_EQ(hours("2d"), 48);
  EXPECT_EQ(hours("9999d"), 239'976);
  for (const char* bad : {"", "h", "26", "0h", "01h", "-1h", "2 d", "1m", "1.5h", "10000h"}) {
    EXPECT_EQ(hours(bad), std::nullopt) << bad;
  }
}

TEST(MinutesOfDay, CountFromMidnight) {
  EXPECT_EQ(minutes_of_day("00:00"), 0);
  EXPECT_EQ(minutes_of_day("07:30"), 450);
  EXPECT_EQ(minutes_of_day("23:59"), 1439);
  for (const char* bad : {"", "7:00", "24:00", "07:60", "07:00:00", "07h00", "0700"}) {
    EXPECT_EQ(minutes_of_day(bad), std::nullopt) << bad;
  }
}

TEST(Fingerprint, IsWhatSshKeygenPrints) {
  const std::string good = "SHA256:djemW8/goqooLVjdjSWQnOmPsfaGOJDgb6TtyM0yqSg";
  EXPECT_TRUE(is_fingerprint(good));
  EXPECT_TRUE(is_fingerprint(good + "="));
  EXPECT_FALSE(is_fingerprint(good + "A"));
  EXPECT_FALSE(is_fingerprint("MD5:00:11:22"));
  EXPECT_FALSE(is_fingerprint(good.substr(7)));
  EXPECT_FALSE(is_fingerprint(""));
}

}  // namespace
}  // namespace quarentena
