#include "schedule/journal.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <mutex>
#include <set>
#include <thread>

namespace quarentena::schedule {
namespace {
namespace fs = std::filesystem;

class LocalJournal : public ::testing::Test {
 protected:
  void TearDown() override { fs::remove_all(folder_); }
  Journal journal() { return Journal(local_place(folder_)); }
  fs::path folder_ = fs::temp_directory_path() / ("journal_" + std::to_string(::getpid()));
};

TEST_F(LocalJournal, TheNewestEntryIsTheOneThatStays) {
  auto one = journal();
  EXPECT_FALSE(*one.newest());
  EXPECT_EQ(one.add({1, "a"}), PutNew::done);
  EXPECT_EQ(one.add({2, "b"}), PutNew::done);
  const auto newest = *journal().newest();
  EXPECT_EQ(newest->number, 2);
  EXPECT_EQ(newest->text, "b");
}

TEST_F(LocalJournal, OfThoseBeforeOnlyAFewAreKept) {
  auto one = journal();
  for (int number = 1; number <= 100; ++number) ASSERT_EQ(one.add({number, "a"}), PutNew::done);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 32);
}

TEST_F(LocalJournal, AnEntryIsWrittenOnceAndKnownAgainByWhoWroteIt) {
  auto one = journal(), other = journal();
  EXPECT_EQ(one.add({1, "of one"}), PutNew::done);
  EXPECT_EQ(other.add({1, "of the other"}), PutNew::taken);
  EXPECT_EQ(one.add({1, "of one"}), PutNew::done);  // the first answer was lost
  EXPECT_EQ((*other.newest())->text, "of one");
}

TEST_F(LocalJournal, WhoSleptWhileOthersWroteCannotUndoIt) {
  auto sleeper = journal(), other = journal();
  ASSERT_EQ(sleeper.add({1, "a"}), PutNew::done);
  for (int number = 2; number <= 4; ++number) ASSERT_EQ(other.add({number, "b"}), PutNew::done);
  EXPECT_EQ(sleeper.add({2, "late"}), PutNew::taken);
  for (int number = 5; number <= 40; ++number) ASSERT_EQ(other.add({number, "b"}), PutNew::done);
  EXPECT_EQ(sleeper.add({2, "late"}), PutNew::taken);  // its number is free again
  EXPECT_EQ((*other.newest())->number, 40);
  EXPECT_FALSE(fs::exists(folder_ / "00000000000000000002.json"));
}

TEST_F(LocalJournal, OfManyWritersOneWinsEachNumber) {
  constexpr int kWriters = 4, kEntries = 25;
  std::mutex mutex;
  std::set<std::int64_t> won;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer)
    writers.emplace_back([&, writer] {
      auto mine = journal();
      for (int i = 0; i < kEntries;) {
        const auto newest = *mine.newest();
        const auto number = newest ? newest->number + 1 : 1;
        const auto added = mine.add({number, std::to_string(writer) + "-" + std::to_string(i)});
        ASSERT_TRUE(added) << added.error().what;
        if (*added != PutNew::done) continue;
        const std::lock_guard lock(mutex);
        EXPECT_TRUE(won.insert(number).second) << number << " was won twice";
        ++i;
      }
    });
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(won.size(), static_cast<std::size_t>(kWriters * kEntries));
}

TEST_F(LocalJournal, AFolderThatCannotBeWrittenIsAnErrorThatNamesIt) {
  std::ofstream(folder_) << "a file";
  const auto added = journal().add({1, "a"});
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().what, ::testing::HasSubstr(folder_.string()));
}

TEST(MeetingPlace, IsTheStagingThatMachinesShareElseTheTablesStoreElseThisMachine) {
  Plan plan;
  plan.staging = "/tmp/staging";
  plan.table = "/tmp/table";
  EXPECT_EQ((*meeting_place(plan, 1000))->name(), "/tmp/staging/.schedule");
  plan.table = "s3://bucket/quarentena_global";
  plan.table_auth = {
      {"region", "us-east-1"}, {"access_key_id", "K"}, {"secret_access_key", "${env:HOME}"}};
  const auto beside = meeting_place(plan, 1000);
  ASSERT_TRUE(beside) << beside.error().what;
  EXPECT_EQ((*beside)->name(), "s3://bucket/quarentena_global_schedule/");
}

}  // namespace
}  // namespace quarentena::schedule
