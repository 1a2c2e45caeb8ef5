#include "table/small_table.h"

#include <filesystem>
#include <set>

#include "table/test_tables.h"

namespace quarentena {
namespace {

const std::vector<SmallColumn> kColumns = {{"nome", SmallType::text},
                                           {"linhas", SmallType::whole},
                                           {"dias", SmallType::integer},
                                           {"dia", SmallType::date},
                                           {"quando", SmallType::timestamp}};

const SmallRow kFull = {"ação", std::int64_t{5000000000}, std::int64_t{-7}, std::int64_t{19871},
                        std::int64_t{1716852600123}};
const SmallRow kNulls = {{}, {}, {}, {}, {}};

class SmallTableTest : public testing::Test {
 protected:
  TableAt at() const { return TableAt(folder_.path() / "pequena"); }

  SmallCommit rows_on(std::int64_t version, std::vector<SmallRow> rows) const {
    return {version, kColumns, std::move(rows), {}, {}};
  }
  std::int64_t replace(const SmallCommit& change) {
    const auto outcome = replace_small_table(at(), change);
    EXPECT_TRUE(outcome) << outcome.error().what;
    const auto* committed = outcome ? std::get_if<Committed>(&*outcome) : nullptr;
    return committed ? committed->version : -1;
  }
  SmallTable read(const std::vector<std::string>& applications = {}) {
    auto table = read_small_table(at(), kColumns, applications);
    EXPECT_TRUE(table) << table.error().what;
    return table ? std::move(*table) : SmallTable{};
  }
  std::set<std::string> data_files() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(at().location))
      if (entry.is_regular_file()) names.insert(entry.path().filename());
    return names;
  }

  ScratchFolder folder_;
};

TEST_F(SmallTableTest, IsWithoutRowsWhenAbsent) {
  EXPECT_EQ(read().version, -1);
  EXPECT_TRUE(read().rows.empty());
  EXPECT_EQ(latest_version(at()).value(), std::nullopt);
}

TEST_F(SmallTableTest, GivesBackEveryTypeAndNulls) {
  std::vector<SmallRow> rows;
  for (int i = 0; i < 20; ++i) rows.push_back(i % 3 == 0 ? kNulls : kFull);
  EXPECT_EQ(replace(rows_on(-1, rows)), 0);
  EXPECT_EQ(read().rows, rows);
  EXPECT_EQ(read().version, 0);
}

TEST_F(SmallTableTest, IsReadByOthersAsWhatItSays) {
  replace(rows_on(-1, {kFull}));
  const auto snapshot = read_snapshot(at()).value().value();
  std::vector<std::string> types;
  for (const auto& column : snapshot.columns) types.push_back(column.name + " " + column.type);
  EXPECT_EQ(types, (std::vector<std::string>{"nome string", "linhas long", "dias integer",
                                             "dia date", "quando timestamp"}));
  EXPECT_TRUE(snapshot.partition_columns.empty());
  ASSERT_EQ(snapshot.files.size(), 1U);
  EXPECT_EQ(snapshot.files[0].rows, 1);
}

TEST_F(SmallTableTest, IsReplacedWholeAndRemembersItsTransactions) {
  replace(rows_on(-1, {kFull, kFull}));
  auto change = rows_on(0, {kNulls});
  change.txns["app"] = 41;
  change.commit_info["runId"] = "r1";
  EXPECT_EQ(replace(change), 1);
  const auto table = read({"app", "other"});
  EXPECT_EQ(table.rows, (std::vector<SmallRow>{kNulls}));
  EXPECT_EQ(table.txns, (std::map<std::string, std::int64_t>{{"app", 41}}));
  EXPECT_EQ(history(at()).value()->front().info.at("runId"), "r1");
  EXPECT_EQ(latest_version(at()).value(), 1);
}

TEST_F(SmallTableTest, GrowsByAFileAndAWriterThatLostTheRaceAddsNothing) {
  replace(rows_on(-1, {kFull}));
  const auto added = append_to_small_table(at(), rows_on(0, {kNulls}));
  ASSERT_TRUE(added && std::holds_alternative<Committed>(*added));
  EXPECT_EQ(read().rows.size(), 2U);
  const auto files = data_files();
  const auto late = append_to_small_table(at(), rows_on(0, {kFull}));
  EXPECT_TRUE(late && std::holds_alternative<Conflict>(*late));
  EXPECT_EQ(data_files(), files);
  replace(rows_on(1, {kFull}));
  EXPECT_EQ(read().rows, (std::vector<SmallRow>{kFull}));
  EXPECT_EQ(read_snapshot(at()).value()->files.size(), 1U);
}

TEST_F(SmallTableTest, KeepsItsOlderVersions) {
  replace(rows_on(-1, {kFull, kFull}));
  replace(rows_on(0, {kNulls}));
  AsOf first;
  first.version = 0;
  EXPECT_EQ(rows_of(*scan(at(), first, {"nome"}).value()).size(), 2U);
}

TEST_F(SmallTableTest, MayBecomeEmpty) {
  replace(rows_on(-1, {kFull}));
  EXPECT_EQ(replace(rows_on(0, {})), 1);
  EXPECT_TRUE(read().rows.empty());
}

TEST_F(SmallTableTest, IsReadPastACheckpoint) {
  for (std::int64_t version = -1; version < 12; ++version) {
    auto change = rows_on(version, {kFull});
    change.txns["app"] = version;
    ASSERT_EQ(replace(change), version + 1);
  }
  EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(at().location) /
                                      "_delta_log/00000000000000000010.checkpoint.parquet"));
  EXPECT_EQ(read({"app"}).txns.at("app"), 11);
  EXPECT_EQ(read().rows, (std::vector<SmallRow>{kFull}));
}

TEST_F(SmallTableTest, AWriterThatLostTheRaceLeavesNothing) {
  replace(rows_on(-1, {kFull}));
  replace(rows_on(0, {kNulls}));
  const auto files = data_files();
  for (const std::int64_t old : {-1, 0}) {
    const auto outcome = replace_small_table(at(), rows_on(old, {kFull, kFull}));
    ASSERT_TRUE(outcome) << outcome.error().what;
    EXPECT_TRUE(std::holds_alternative<Conflict>(*outcome));
  }
  EXPECT_EQ(data_files(), files);
  EXPECT_EQ(read().rows, (std::vector<SmallRow>{kNulls}));
}

TEST_F(SmallTableTest, RefusesARowThatDoesNotFitAndLeavesNothing) {
  replace(rows_on(-1, {kFull}));
  for (const auto& row : {SmallRow{"short"}, SmallRow{std::int64_t{1}, {}, {}, {}, {}}}) {
    const auto outcome = replace_small_table(at(), rows_on(0, {row}));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, ErrorKind::bug);
    EXPECT_NE(outcome.error().what.find("nome"), std::string::npos) << outcome.error().what;
  }
  EXPECT_EQ(data_files().size(), 1U);
}

TEST_F(SmallTableTest, NamesAColumnThatIsNotOurs) {
  replace(rows_on(-1, {kFull}));
  auto others = kColumns;
  others[1].type = SmallType::text;
  const auto other_type = read_small_table(at(), others, {});
  ASSERT_FALSE(other_type);
  EXPECT_EQ(other_type.error().kind, ErrorKind::data);
  EXPECT_NE(other_type.error().what.find("linhas"), std::string::npos) << other_type.error().what;
  others.push_back({"falta", SmallType::text});
  const auto absent = read_small_table(at(), others, {});
  ASSERT_FALSE(absent);
  EXPECT_NE(absent.error().what.find("falta"), std::string::npos) << absent.error().what;
}

}  // namespace
}  // namespace quarentena
