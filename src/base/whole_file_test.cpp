#include "base/whole_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace quarentena {
namespace {

const std::filesystem::path kFile =
    std::filesystem::temp_directory_path() / ("whole_file_test-" + std::to_string(::getpid()));

TEST(WholeFile, TakesThePlaceOfWhatWasThereAndItsOwnerAloneReadsIt) {
  ASSERT_TRUE(write_whole(kFile, "a longer text"));
  ASSERT_TRUE(write_whole(kFile, "text"));
  std::ifstream in(kFile);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "text");
  struct stat found {};
  ASSERT_EQ(::stat(kFile.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  std::filesystem::remove(kFile);
}

TEST(WholeFile, OneThatCannotBeWrittenIsAnError) {
  const auto written = write_whole("/no/such/folder/file", "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::machine);
}

}  // namespace
}  // namespace quarentena
