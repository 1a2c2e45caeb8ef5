#include "base/arriving_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "base/quick_xor_hash.h"
#include "base/sha256.h"

namespace quarentena {
namespace {

class ArrivingFileTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(path_); }

  std::string content() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static std::string sha256_of(const std::string& bytes) {
    Sha256 digest;
    digest.add(bytes);
    return digest.hex();
  }
  static std::string bytes(std::size_t size, char first) {
    std::string out(size, first);
    for (std::size_t i = 0; i < size; i += 7) out[i] = static_cast<char>(i * 31 / 7);
    return out;
  }
  void expect_whole(ArrivingFile& file, const std::string& all) {
    EXPECT_EQ(file.size(), static_cast<std::int64_t>(all.size()));
    const auto digests = file.finish();
    ASSERT_TRUE(digests) << digests.error().what;
    EXPECT_EQ(digests->sha256, sha256_of(all));
    EXPECT_EQ(content(), all);
  }

  const std::filesystem::path path_ =
      std::filesystem::path(::testing::TempDir()) / "arriving_file_test.part";
};

TEST_F(ArrivingFileTest, HoldsWhatCameInPiecesOfAnySize) {
  ArrivingFile file(path_);
  ASSERT_TRUE(file.open());
  std::string all;
  for (const std::size_t size : {1, 100'000, 9'000'000, 262'144, 5, 1'000'000}) {
    const auto piece = bytes(size, 'a');
    ASSERT_TRUE(file.append(piece));
    all += piece;
  }
  expect_whole(file, all);
}

TEST_F(ArrivingFileTest, ASmallOneIsDigestedToo) {
  ArrivingFile file(path_);
  ASSERT_TRUE(file.open());
  ASSERT_TRUE(file.append("id\n1\n"));
  expect_whole(file, "id\n1\n");
}

TEST_F(ArrivingFileTest, GoesOnWithWhatAnEarlierOneLeft) {
  for (const std::size_t before : {3, 300'000, 524'288, 3'000'000}) {
    SCOPED_TRACE(before);
    std::filesystem::remove(path_);
    const auto first = bytes(before, 'a'), second = bytes(1'500'000, 'b');
    {
      ArrivingFile cut(path_);
      ASSERT_TRUE(cut.open());
      ASSERT_TRUE(cut.append(first));
    }
    EXPECT_EQ(content(), first) << "given up, but kept";
    ArrivingFile file(path_);
    ASSERT_TRUE(file.open());
    EXPECT_EQ(file.size(), static_cast<std::int64_t>(before));
    ASSERT_TRUE(file.append(second));
    expect_whole(file, first + second);
  }
}

TEST_F(ArrivingFileTest, ForgetsWhatCameBeforeItBeganAgain) {
  ArrivingFile file(path_);
  ASSERT_TRUE(file.open());
  ASSERT_TRUE(file.append(bytes(2'000'000, 'a')));
  ASSERT_TRUE(file.begin_again());
  EXPECT_EQ(file.size(), 0);
  const auto second = bytes(1'500'000, 'b');
  ASSERT_TRUE(file.append(second));
  expect_whole(file, second);
}

TEST_F(ArrivingFileTest, MakesTheOtherDigestInTheSamePass) {
  ArrivingFile file(path_, ArrivingFile::Digests::sha256_and_quick_xor);
  ASSERT_TRUE(file.open());
  const auto all = bytes(2'000'001, 'a');
  ASSERT_TRUE(file.append(all));
  QuickXorHash expected;
  expected.add(all);
  const auto digests = file.finish();
  ASSERT_TRUE(digests);
  EXPECT_EQ(digests->quick_xor_hash, expected.base64());
  EXPECT_EQ(digests->sha256, sha256_of(all));
}

TEST_F(ArrivingFileTest, IsReadableByItsOwnerOnly) {
  ArrivingFile file(path_);
  ASSERT_TRUE(file.open());
  EXPECT_EQ(std::filesystem::status(path_).permissions(), std::filesystem::perms(0600));
}

/// A limit on the size of files fails a write as a full disk does.
class FullDisk : public ArrivingFileTest {
 protected:
  void SetUp() override {
    ArrivingFileTest::SetUp();
    before_ = std::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_), 0);
    const rlimit small{1 << 20, old_.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  }
  void TearDown() override {
    setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, before_);
  }

 private:
  void (*before_)(int) = nullptr;
  rlimit old_{};
};

TEST_F(FullDisk, IsToldOfAtTheEndAtTheLatest) {
  for (const std::size_t size : {1'200'000, 3'000'000}) {
    SCOPED_TRACE(size);
    ArrivingFile file(path_);
    ASSERT_TRUE(file.open());
    ASSERT_TRUE(file.begin_again());
    static_cast<void>(file.append(bytes(size, 'a')));
    const auto digests = file.finish();
    ASSERT_FALSE(digests);
    EXPECT_EQ(digests.error().kind, ErrorKind::machine);
  }
}

TEST_F(FullDisk, StopsWhoBringsMoreThanMayWait) {
  ArrivingFile file(path_);
  ASSERT_TRUE(file.open());
  const auto piece = bytes(1'000'000, 'a');
  Status done;
  int pieces = 0;
  while (done && ++pieces < 100) done = file.append(piece);
  ASSERT_FALSE(done);
  EXPECT_LT(pieces, 20);
  EXPECT_EQ(done.error().kind, ErrorKind::machine);
}

}  // namespace
}  // namespace quarentena
