#include "base/growing_digest.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/sha256.h"

namespace quarentena {
namespace {

class GrowingDigestTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(file_); }

  void write(const std::string& bytes, std::ios::openmode how = std::ios::app) {
    std::ofstream(file_, std::ios::binary | how) << bytes;
  }
  static std::string of(const std::string& bytes) {
    Sha256 digest;
    digest.add(bytes);
    return digest.hex();
  }
  static std::string bytes(std::size_t size, char first) {
    std::string out(size, first);
    for (std::size_t i = 0; i < size; i += 7) out[i] = static_cast<char>(i * 31 / 7);
    return out;
  }

  const std::filesystem::path file_ =
      std::filesystem::path(::testing::TempDir()) / "growing_digest_test.part";
};

TEST_F(GrowingDigestTest, IsThatOfTheWholeFileHoweverItCame) {
  GrowingDigest digest(file_);
  std::string all;
  for (const std::size_t size : {1, 100'000, 3'000'000, 300'000, 5, 1'000'000}) {
    const auto piece = bytes(size, 'a');
    write(piece);
    all += piece;
    digest.grew_to(static_cast<std::int64_t>(all.size()));
  }
  EXPECT_EQ(*digest.hex(), of(all));
}

TEST_F(GrowingDigestTest, NeedsNoThreadForASmallFile) {
  GrowingDigest digest(file_);
  write("id\n1\n");
  digest.grew_to(5);
  EXPECT_EQ(*digest.hex(), of("id\n1\n"));
}

TEST_F(GrowingDigestTest, ForgetsWhatWasWrittenBeforeTheFileBeganAgain) {
  GrowingDigest digest(file_);
  write(bytes(2'000'000, 'a'));
  digest.grew_to(2'000'000);
  digest.begin_again();
  const auto second = bytes(1'500'000, 'b');
  write(second, std::ios::trunc);
  digest.grew_to(1'500'000);
  EXPECT_EQ(*digest.hex(), of(second));
}

TEST_F(GrowingDigestTest, FailsWhenTheFileIsShorterThanWhatWasTold) {
  GrowingDigest digest(file_);
  write(bytes(1'000'000, 'a'));
  digest.grew_to(1'000'001);
  const auto got = digest.hex();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::machine);
}

TEST_F(GrowingDigestTest, MayBeGivenUpAtAnyTime) {
  GrowingDigest digest(file_);
  write(bytes(4'000'000, 'a'));
  digest.grew_to(4'000'000);
}

}  // namespace
}  // namespace quarentena
