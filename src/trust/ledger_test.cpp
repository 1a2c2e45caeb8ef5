#include "trust/ledger.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include <fmt/format.h>

namespace quarentena {
namespace {

const Date kDay = *Date::parse_iso("2024-05-28");

LedgerRow a_row(Date day, const std::string& source) {
  LedgerRow row;
  row.data_carga = day;
  row.source = source;
  row.canal = "CRM";
  row.status = SourceStatus::late;
  row.decision = Decision::carried;
  row.reason = "newest row of 2024-05-20";
  row.expected = "rows of the day";
  row.location = "sftp://host/Export/crm.csv";
  row.files = R"([{"name":"crm.csv","size_bytes":10}])";
  row.digest = "abc";
  row.size_bytes = 10;
  row.modified_ms = 1716852600123;
  row.rows_read = 5;
  row.rows_counted = 4;
  row.rows_rejected = 0;
  row.newest_data_envio = *Date::parse_iso("2024-05-20");
  row.columns = R"({"id":"string"})";
  row.in_force = "2024-05-27/crm";
  row.in_force_since = *Date::parse_iso("2024-05-27");
  row.rows_quarantined = 3;
  row.dias = 30;
  row.run_id = "r1";
  row.decided_ms = 1716900000456;
  return row;
}

class LedgerTest : public testing::Test {
 protected:
  LedgerTest()
      : folder_(std::filesystem::temp_directory_path() /
                fmt::format("quarentena ledger é % {:x}", std::random_device{}())),
        table_(folder_ / "quarentena_global") {
    std::filesystem::create_directories(folder_);
  }
  ~LedgerTest() override { std::filesystem::remove_all(folder_); }

  Ledger open() {
    auto ledger = Ledger::open(table_);
    if (!ledger) throw std::runtime_error(ledger.error().what);
    return std::move(*ledger);
  }
  void record(Ledger& ledger, const std::vector<LedgerRow>& rows,
              std::optional<std::int64_t> version = {}) {
    const auto recorded = ledger.record(rows, version);
    ASSERT_TRUE(recorded) << recorded.error().what;
  }

  std::filesystem::path folder_;
  TableAt table_;
};

TEST_F(LedgerTest, IsEmptyBeforeTheFirstRun) {
  EXPECT_TRUE(open().rows().empty());
  EXPECT_FALSE(std::filesystem::exists(ledger_at(table_).location)) << "opening writes nothing";
}

TEST_F(LedgerTest, GivesBackWhatWasRecorded) {
  auto bare = a_row(kDay, "fraude");
  bare = LedgerRow{};
  bare.data_carga = kDay;
  bare.source = "fraude";
  auto ledger = open();
  record(ledger, {a_row(kDay, "marketing"), bare, a_row(Date(kDay.days() - 1), "crm")});
  const std::vector<LedgerRow> expected = {a_row(Date(kDay.days() - 1), "crm"), bare,
                                           a_row(kDay, "marketing")};
  EXPECT_EQ(ledger.rows(), expected);
  EXPECT_EQ(open().rows(), expected);
}

}  // namespace
}  // namespace quarentena
