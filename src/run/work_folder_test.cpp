#include "run/work_folder.h"

#include <chrono>
#include <thread>

#include "run/runs_for_tests.h"

namespace quarentena {
namespace {

class WorkFolderTest : public testing::Test {
 protected:
  fs::path table() const { return scratch_.path() / "table"; }
  fs::path work() const { return table() / "_quarentena"; }
  std::unique_ptr<WorkFolder> create(const std::string& run_id) const {
    auto folder = WorkFolder::create(table(), run_id);
    EXPECT_TRUE(folder) << folder.error().what;
    return folder ? std::move(*folder) : nullptr;
  }
  ScratchFolder scratch_;
};

TEST_F(WorkFolderTest, NothingIsLeftOfItNorOfATableThatItMade) {
  {
    const auto folder = create("a");
    write(*folder->add("0") / "part.parquet", "x");
  }
  EXPECT_FALSE(fs::exists(table()));
  write(table() / "a file", "x");
  create("b");
  EXPECT_EQ(files_under(table()), std::vector<std::string>{"a file"});
}

TEST_F(WorkFolderTest, RemovesTheFoldersOfDeadRunsAndKeepsThoseOfLiveOnes) {
  const auto live = create("live");
  write(live->path() / "part", "x");
  write(work() / "dead/lock", "");
  write(work() / "dead/0/part", "x");
  write(work() / "half removed.dead/lock", "");
  const auto mine = create("mine");
  EXPECT_EQ(files_under(work()),
            (std::vector<std::string>{"live", "live/lock", "live/part", "mine", "mine/lock"}));
}

TEST_F(WorkFolderTest, AFolderWithoutALockIsGivenAnHour) {
  fs::create_directories(work() / "young");
  fs::create_directories(work() / "old");
  fs::last_write_time(work() / "old", fs::file_time_type::clock::now() - std::chrono::minutes(61));
  const auto mine = create("mine");
  EXPECT_TRUE(fs::exists(work() / "young"));
  EXPECT_FALSE(fs::exists(work() / "old"));
}

/// Each run that begins looks for dead ones, each that ends removes what it leaves empty.
TEST_F(WorkFolderTest, RunsThatBeginAndEndAtOnceDoNotDisturbEachOther) {
  std::vector<std::thread> runs;
  for (int r = 0; r < 4; ++r)
    runs.emplace_back([&, r] {
      for (int i = 0; i < 200; ++i) {
        const auto folder = create(fmt::format("{}-{}", r, i));
        ASSERT_TRUE(folder);
        ASSERT_TRUE(folder->add("0"));
        std::this_thread::yield();
        ASSERT_TRUE(fs::exists(folder->path() / "0"));
      }
    });
  for (auto& each : runs) each.join();
  EXPECT_FALSE(fs::exists(table()));
}

}  // namespace
}  // namespace quarentena
