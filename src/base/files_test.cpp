#include "base/files.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace quarentena {
namespace {

TEST(Names, ThatStayBelowTheirFolder) {
  for (const std::string name : {"a", "a/b", "data_carga=2024-05-28/part é.parquet", "...", "a..b"})
    EXPECT_EQ(why_not_below(name), "") << name;
  EXPECT_EQ(why_not_below(std::string(255, 'a') + "/" + std::string(255, 'b')), "");
}

TEST(Names, ThatDoNot) {
  for (const std::string name : {"", "/a", "a//b", "a/", ".", "..", "a/../b", "./a"})
    EXPECT_NE(why_not_below(name), "") << name;
  EXPECT_NE(why_not_below(std::string("a\0b", 3)), "");
  EXPECT_NE(why_not_below("a/" + std::string(256, 'b')), "");
}

TEST(DiskError, SaysWhatToDo) {
  const auto full = disk_error("/x/y", "write", ENOSPC);
  EXPECT_EQ(full.kind, ErrorKind::machine);
  EXPECT_EQ(full.what, "cannot write /x/y: No space left on device");
  EXPECT_EQ(full.hint, "make room on that disk and run again");
}

TEST(Sync, OfWhatIsNotThereFails) {
  EXPECT_FALSE(sync_file("/nowhere/file"));
  EXPECT_FALSE(sync_folder("/nowhere"));
  EXPECT_TRUE(sync_folder(testing::TempDir()));
}

}  // namespace
}  // namespace quarentena
