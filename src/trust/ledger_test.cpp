#include "trust/ledger.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <stdexcept>

#include "table/small_table.h"
#include "trust/ledgers_for_tests.h"

extern char** environ;

namespace quarentena {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// `2024-05-28 crm late` of each.
std::vector<std::string> told(const std::vector<LedgerRow>& rows) {
  std::vector<std::string> lines;
  for (const auto& row : rows)
    lines.push_back(fmt::format("{} {} {}", row.data_carga.iso(), row.source, name(row.status)));
  return lines;
}

class LedgerTest : public testing::Test {
 protected:
  LedgerTest()
      : folder_(std::filesystem::temp_directory_path() /
                fmt::format("quarentena ledger é % {:x}", std::random_device{}())),
        table_(folder_ / "quarentena_global") {
    std::filesystem::create_directories(table_.location);  // as a run does before it writes
  }
  ~LedgerTest() override { std::filesystem::remove_all(folder_); }

  Ledger open() {
    auto ledger = Ledger::open(table_);
    if (!ledger) throw std::runtime_error(ledger.error().what);
    return std::move(*ledger);
  }
  Ledger read() {
    auto ledger = Ledger::read(table_);
    if (!ledger) throw std::runtime_error(ledger.error().what);
    return std::move(*ledger);
  }
  static void record(Ledger& ledger, const std::vector<LedgerRow>& rows,
                     std::optional<std::int64_t> version = {}) {
    const auto recorded = ledger.record(rows, version);
    ASSERT_TRUE(recorded) << recorded.error().what;
  }
  /// A commit of the main table, as a run leaves it that dies right after.
  std::int64_t publish(Date day, const std::vector<LedgerRow>& rows) {
    ReplaceDay change;
    change.data_carga = day;
    change.fingerprints["CRM"] = ++fingerprint_;
    change.commit_info[kLedgerInfo] = ledger_info(rows);
    const auto outcome = replace_day(table_, change);
    if (!outcome) throw std::runtime_error(outcome.error().what);
    return std::get<Committed>(*outcome).version;
  }
  /// A commit that says nothing of sources.
  void tidy() {
    ReplaceDay change;
    change.data_carga = Date(0);
    const auto outcome = replace_day(table_, change);
    ASSERT_TRUE(outcome) << outcome.error().what;
  }
  std::optional<std::int64_t> ledger_version() { return latest_version(ledger_at(table_)).value(); }

  std::filesystem::path folder_;
  TableAt table_;
  std::int64_t fingerprint_ = 0;
};

LedgerRow with_status(LedgerRow row, SourceStatus status) {
  row.status = status;
  return row;
}

TEST(LedgerAt, IsBesideTheTable) {
  EXPECT_EQ(ledger_at(TableAt("/data/quarentena_global/")).location,
            "/data/quarentena_global_fontes");
  EXPECT_EQ(ledger_at(TableAt("s3://bucket/q")).location, "s3://bucket/q_fontes");
}

TEST_F(LedgerTest, IsEmptyBeforeTheFirstRunAndOpeningItWritesNothing) {
  EXPECT_THAT(open().rows(), IsEmpty());
  EXPECT_THAT(read().rows(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(ledger_at(table_).location));
}

TEST_F(LedgerTest, GivesBackWhatWasRecordedByDayAndSource) {
  auto ledger = open();
  record(ledger,
         {full_row(kDay, "marketing"), bare_row(kDay, "fraude"), full_row(kDayBefore, "crm")});
  const std::vector<LedgerRow> expected = {full_row(kDayBefore, "crm"), bare_row(kDay, "fraude"),
                                           full_row(kDay, "marketing")};
  EXPECT_EQ(ledger.rows(), expected);
  EXPECT_EQ(open().rows(), expected);
  EXPECT_EQ(read().rows(), expected);
}

TEST_F(LedgerTest, TheLastRunOfADayReplacesItsRows) {
  auto ledger = open();
  record(ledger, {full_row(kDay, "crm"), full_row(kDay, "fraude"), full_row(kDayBefore, "crm")});
  record(ledger, {with_status(full_row(kDay, "crm"), SourceStatus::received)});
  EXPECT_THAT(told(open().rows()), ElementsAre("2024-05-27 crm late", "2024-05-28 crm received",
                                               "2024-05-28 fraude late"));
}

TEST_F(LedgerTest, FindsASourceOnADayAndBeforeIt) {
  auto ledger = open();
  record(ledger, {full_row(kDay, "crm"), full_row(kDayBefore, "crm"), full_row(Date(1), "crm"),
                  full_row(kDayBefore, "fraude")});
  ASSERT_NE(ledger.find(kDay, "crm"), nullptr);
  EXPECT_EQ(ledger.find(kDay, "crm")->data_carga, kDay);
  EXPECT_EQ(ledger.find(kDay, "fraude"), nullptr);
  EXPECT_EQ(ledger.find(Date(kDay.days() + 1), "crm"), nullptr);
  std::vector<std::string> days;
  for (const auto* row : ledger.history("crm", kDay)) days.push_back(row->data_carga.iso());
  EXPECT_THAT(days, ElementsAre("2024-05-27", "1970-01-02"));
}

TEST_F(LedgerTest, TheSameRowsAgainCommitNothing) {
  auto ledger = open();
  record(ledger, {full_row(kDay, "crm")});
  auto again = full_row(kDay, "crm");
  again.run_id = "r2";
  again.decided_ms += 1000;
  record(ledger, {again});
  EXPECT_EQ(ledger_version(), 0);
  again.reason = "another";
  record(ledger, {again});
  EXPECT_EQ(ledger_version(), 1);
}

TEST_F(LedgerTest, ARunThatDiedAfterItsCommitIsMadeGoodByTheNextOpening) {
  publish(kDay, {full_row(kDay, "crm")});
  EXPECT_THAT(read().rows(), SizeIs(1)) << "a reader knows of it";
  EXPECT_EQ(ledger_version(), std::nullopt) << "and writes nothing";
  EXPECT_EQ(open().rows(), std::vector<LedgerRow>{full_row(kDay, "crm")});
  EXPECT_EQ(ledger_version(), 0);
  open();
  EXPECT_EQ(ledger_version(), 0) << "once is enough";
}

TEST_F(LedgerTest, OfTwoCommitsThatWereNotRecordedTheLaterCounts) {
  auto ledger = open();
  record(ledger, {full_row(kDayBefore, "crm")}, publish(kDayBefore, {full_row(kDayBefore, "crm")}));
  publish(kDay, {with_status(full_row(kDay, "crm"), SourceStatus::late)});
  publish(kDay, {with_status(full_row(kDay, "crm"), SourceStatus::received)});
  EXPECT_THAT(told(read().rows()), ElementsAre("2024-05-27 crm late", "2024-05-28 crm received"));
  EXPECT_THAT(told(open().rows()), ElementsAre("2024-05-27 crm late", "2024-05-28 crm received"));
}

TEST_F(LedgerTest, RecordingACommitRecordsThoseBeforeItToo) {
  auto ledger = open();
  publish(kDayBefore, {full_row(kDayBefore, "crm")});  // another run, killed since we opened
  const auto version = publish(kDay, {full_row(kDay, "crm")});
  record(ledger, {full_row(kDay, "crm")}, version);
  EXPECT_THAT(told(ledger.rows()), ElementsAre("2024-05-27 crm late", "2024-05-28 crm late"));
  EXPECT_EQ(open().rows(), ledger.rows());
}

TEST_F(LedgerTest, ASlowRunDoesNotUndoALaterOne) {
  auto slow = open();
  const auto late = with_status(full_row(kDay, "crm"), SourceStatus::late);
  const auto received = with_status(full_row(kDay, "crm"), SourceStatus::received);
  const auto first = publish(kDay, {late});
  const auto second = publish(kDay, {received});
  auto fast = open();
  record(fast, {received}, second);
  record(slow, {late}, first);
  EXPECT_THAT(told(slow.rows()), ElementsAre("2024-05-28 crm received"));
  EXPECT_THAT(told(open().rows()), ElementsAre("2024-05-28 crm received"));
}

TEST_F(LedgerTest, ATableOfBeforeThereWereLedgersHasAnEmptyOne) {
  tidy();
  EXPECT_THAT(open().rows(), IsEmpty());
  EXPECT_EQ(ledger_version(), std::nullopt);
  auto ledger = open();
  record(ledger, {full_row(kDay, "crm")});
  tidy();
  EXPECT_THAT(open().rows(), SizeIs(1));
  EXPECT_EQ(ledger_version(), 0);
}

TEST_F(LedgerTest, WritersThatLostTheRaceMergeTheirRows) {
  auto one = open(), other = open();
  record(one, {full_row(kDay, "crm")});
  record(other, {full_row(kDay, "fraude")});
  EXPECT_THAT(told(other.rows()), ElementsAre("2024-05-28 crm late", "2024-05-28 fraude late"));
  EXPECT_EQ(open().rows(), other.rows());
}

/// What each process of the next test does; its table is in the environment.
TEST(LedgerProcess, DISABLED_RecordsTenDays) {
  const TableAt table(std::string(std::getenv("QUARENTENA_TEST_TABLE")));
  for (int day = 0; day < 10; ++day) {
    auto ledger = Ledger::open(table);
    ASSERT_TRUE(ledger) << ledger.error().what;
    const auto row = full_row(Date(kDay.days() + day), std::getenv("QUARENTENA_TEST_SOURCE"));
    const auto recorded = ledger->record({row}, std::nullopt);
    ASSERT_TRUE(recorded) << recorded.error().what;
  }
}

TEST_F(LedgerTest, ProcessesThatRecordAtOnceLoseNothing) {
  const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
  std::vector<pid_t> processes;
  ::setenv("QUARENTENA_TEST_TABLE", table_.location.c_str(), 1);
  for (const char* source : {"crm", "fraude", "marketing"}) {
    ::setenv("QUARENTENA_TEST_SOURCE", source, 1);
    std::string filter = "--gtest_filter=LedgerProcess.*", all = "--gtest_also_run_disabled_tests",
                quiet = "--gtest_brief=1", program = self;
    char* arguments[] = {program.data(), filter.data(), all.data(), quiet.data(), nullptr};
    ASSERT_EQ(::posix_spawn(&processes.emplace_back(), self.c_str(), nullptr, nullptr, arguments,
                            environ),
              0);
  }
  for (const auto process : processes) {
    int status = -1;
    ::waitpid(process, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_THAT(open().rows(), SizeIs(30));
  EXPECT_EQ(ledger_version(), 29) << "one commit for each";
}

}  // namespace
}  // namespace quarentena
