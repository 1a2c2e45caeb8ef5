#include "serve/page.h"

#include <gtest/gtest.h>

namespace quarentena::serve {
namespace {

TEST(ThePage, IsSentInTheBestEncodingThatIsTaken) {
  EXPECT_EQ(best_encoding(""), Encoding::plain);
  EXPECT_EQ(best_encoding("gzip, deflate"), Encoding::gzip);
  EXPECT_EQ(best_encoding("gzip, deflate, br, zstd"), Encoding::brotli);
  EXPECT_EQ(best_encoding("gzip;q=1.0, br;q=0"), Encoding::gzip);
  EXPECT_EQ(best_encoding("identity, gzip;q=0.000"), Encoding::plain);
}

TEST(ThePage, IsNotSentAgainToWhoHasIt) {
  const PageFile* page = find_page_file("/");
  ASSERT_NE(page, nullptr);
  EXPECT_EQ(page_reply(*page, Encoding::plain, "").status, 200);
  const auto again = page_reply(*page, Encoding::plain, page->etag);
  EXPECT_EQ(again.status, 304);
  EXPECT_TRUE(again.body.empty());
}

TEST(ThePage, IsSmallAndCompressed) {
  const PageFile* page = find_page_file("/");
  EXPECT_NE(page->plain.find("<html"), std::string_view::npos);
  EXPECT_LT(page->gzip.size(), page->plain.size());
  EXPECT_EQ(find_page_file("/assets/"), nullptr);
  EXPECT_EQ(find_page_file("/../etc/passwd"), nullptr);
}

}  // namespace
}  // namespace quarentena::serve
