#include "sources/transport/sharepoint_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quarentena {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kDrive = "b!0123456789abcdefghijklmn";

SharePointAddress address(const std::string& location, const std::string& written = {}) {
  auto result =
      sharepoint_address(location, written.empty() ? "sharepoint://" + location : written);
  EXPECT_TRUE(result) << (result ? "" : result.error().what);
  return result ? *result : SharePointAddress{};
}

TEST(SharePointAddress, ASiteItsLibraryAndAPathAsPeopleWriteThem) {
  const auto it =
      address("Tenant.SharePoint.com/sites/marketing/Shared Documents/100% #1/crm.xlsx");
  EXPECT_EQ(it.host, "tenant.sharepoint.com");
  EXPECT_EQ(it.site, "sites/marketing");
  EXPECT_THAT(it.parts, ElementsAre("Shared Documents", "100% #1", "crm.xlsx"));
  EXPECT_EQ(it.shown(),
            "sharepoint://tenant.sharepoint.com/sites/marketing/Shared Documents/100% #1/crm.xlsx");
}

TEST(SharePointAddress, WithoutASiteItIsTheRootSite) {
  const auto it = address("t.sharepoint.com/Documents/a.csv");
  EXPECT_EQ(it.site, "");
  EXPECT_THAT(it.parts, ElementsAre("Documents", "a.csv"));
}

TEST(SharePointAddress, IdsInTheirPlaces) {
  EXPECT_EQ(address("t.sharepoint.com/sites/t.sharepoint.com,1-2,3-4/Documents/a").site_id,
            "t.sharepoint.com,1-2,3-4");
  const auto drive = address("t.sharepoint.com/drives/" + kDrive + "/exports/a.csv");
  EXPECT_EQ(drive.drive_id, kDrive);
  EXPECT_THAT(drive.parts, ElementsAre("exports", "a.csv"));
  const auto item = address("t.sharepoint.com/sites/x/" + kDrive + "/items/01ABC/*.csv");
  EXPECT_EQ(item.item_id, "01ABC");
  EXPECT_THAT(item.parts, ElementsAre("*.csv"));
  EXPECT_EQ(item.shown(), "sharepoint://t.sharepoint.com/sites/x/" + kDrive + "/items/01ABC/*.csv");
}

TEST(SharePointAddress, OnlyWhatIsTheSameEveryDayIsStable) {
  EXPECT_EQ(address("h/sites/x/Lib/a/b.csv").stable, 3U);
  EXPECT_EQ(address("h/sites/x/Lib/a/*.csv").stable, 2U);
  EXPECT_EQ(address("h/sites/x/Lib/2024/b.csv", "sharepoint://h/sites/x/Lib/{data_carga:%Y}/b.csv")
                .stable,
            1U);
  EXPECT_EQ(address("h/sites/x/Lib/m_2024.csv", "sharepoint://h/sites/x/Lib/m_{data_carga:%Y}.csv")
                .stable,
            1U);
}

TEST(SharePointAddress, WhatIsMissingIsNamed) {
  for (const auto& [location, why] : std::vector<std::pair<std::string, std::string>>{
           {"h", "no library"},
           {"h/sites", "no site"},
           {"h/sites/x", "no library"},
           {"h/sites/x/*/a.csv", "pattern in the library"},
           {"h/sites/x*/Lib/a.csv", "pattern in the site"}}) {
    const auto result = sharepoint_address(location, "sharepoint://" + location);
    ASSERT_FALSE(result) << location;
    EXPECT_EQ(result.error().kind, ErrorKind::config);
    EXPECT_THAT(result.error().what, HasSubstr(why));
  }
}

TEST(SharePointNames, AreMatchedAsSharePointComparesThem) {
  EXPECT_TRUE(matches_name("*.csv", "mkt.CSV"));
  EXPECT_TRUE(matches_name("relat?rio_*", "relatório_maio.xlsx"));
  EXPECT_TRUE(matches_name("a*b*c", "aXbXbc"));
  EXPECT_TRUE(matches_name("base [1].xlsx", "base [1].xlsx"));
  EXPECT_TRUE(matches_name("*", "x"));
  EXPECT_FALSE(matches_name("?", ""));
  EXPECT_FALSE(matches_name("*.csv", "mkt.csv.bak"));
  EXPECT_FALSE(matches_name("a?", "a"));
}

TEST(MicrosoftCloud, FollowsTheHost) {
  EXPECT_STREQ(cloud_of("t.sharepoint.com").graph, "https://graph.microsoft.com");
  EXPECT_STREQ(cloud_of("t.sharepoint.us").graph, "https://graph.microsoft.us");
  EXPECT_STREQ(cloud_of("t.sharepoint.cn").authority, "https://login.partner.microsoftonline.cn");
}

}  // namespace
}  // namespace quarentena
