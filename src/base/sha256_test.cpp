#include "base/sha256.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace quarentena {
namespace {

std::string digest_of(std::string_view text) {
  Sha256 digest;
  digest.add(text);
  return digest.hex();
}

// FIPS 180-4's own examples.
TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(digest_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest_of(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OfPiecesIsThatOfTheWhole) {
  Sha256 digest;
  digest.add("a");
  digest.add("");
  digest.add("bc");
  EXPECT_EQ(digest.hex(), digest_of("abc"));
}

TEST(Sha256, FieldsKnowWhereTheyEnd) {
  Sha256 one, other;
  one.add_field("ab");
  one.add_field("c");
  other.add_field("a");
  other.add_field("bc");
  EXPECT_NE(one.hex(), other.hex());
}

TEST(Sha256, OfAFileIsThatOfItsBytes) {
  const auto file = std::filesystem::temp_directory_path() / "quarentena-sha256-test";
  const std::string bytes(700'000, '\0');  // more than a block
  std::ofstream(file, std::ios::binary) << bytes;
  EXPECT_EQ(*sha256_of_file(file), digest_of(bytes));
  std::filesystem::remove(file);
  EXPECT_EQ(sha256_of_file(file).error().kind, ErrorKind::missing);
}

}  // namespace
}  // namespace quarentena
