#include "base/file_lock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace quarentena {
namespace {

const std::filesystem::path kFile =
    std::filesystem::temp_directory_path() / ("file_lock_test-" + std::to_string(::getpid()));

TEST(FileLock, IsHeldByOneAtATime) {
  auto first = FileLock::hold(kFile, 0);
  ASSERT_TRUE(first && *first);
  const auto second = FileLock::hold(kFile, 30);
  ASSERT_TRUE(second);
  EXPECT_FALSE(*second);
  first->reset();
  const auto third = FileLock::hold(kFile, 0);
  EXPECT_TRUE(third && *third);
  std::filesystem::remove(kFile);
}

TEST(FileLock, AFileThatCannotBeMadeIsAnError) {
  const auto lock = FileLock::hold("/no/such/folder/lock", 0);
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().kind, ErrorKind::machine);
}

}  // namespace
}  // namespace quarentena
