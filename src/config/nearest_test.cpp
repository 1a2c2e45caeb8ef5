#include "config/nearest.h"

#include <gmock/gmock.h>

namespace quarentena {
namespace {

TEST(EditDistance, CountsInsertsDeletesReplacesAndSwaps) {
  EXPECT_EQ(edit_distance("canal", "canal"), 0U);
  EXPECT_EQ(edit_distance("cana", "canal"), 1U);
  EXPECT_EQ(edit_distance("canall", "canal"), 1U);
  EXPECT_EQ(edit_distance("cxnal", "canal"), 1U);
  EXPECT_EQ(edit_distance("acnal", "canal"), 1U);
  EXPECT_EQ(edit_distance("", "canal"), 5U);
}

TEST(EditDistance, CaseAndDashesDoNotCount) {
  EXPECT_EQ(edit_distance("Header-Row", "header_row"), 0U);
}

TEST(Nearest, IsTheWordThatWasProbablyMeant) {
  const std::vector<std::string> known{"version", "timezone", "table", "sources"};
  EXPECT_EQ(nearest("tabel", known), "table");
  EXPECT_EQ(nearest("source", known), "sources");
  EXPECT_EQ(nearest("time-zone", known), "timezone");
}

TEST(Nearest, IsNothingWhenNoWordIsNear) {
  EXPECT_EQ(nearest("location", {"version", "table"}), std::nullopt);
  EXPECT_EQ(nearest("x", {"y"}), std::nullopt);
  EXPECT_EQ(nearest("", {"y"}), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'x'), {"y"}), std::nullopt);
}

}  // namespace
}  // namespace quarentena
