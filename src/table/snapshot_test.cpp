#include <nlohmann/json.hpp>

#include "table/test_tables.h"

namespace quarentena {
namespace {

using nlohmann::json;

/// Every kind of table a source may be, written by Spark (tests/delta_kinds/make_tables.py).
class DeltaKind : public testing::TestWithParam<const char*> {
 protected:
  std::string location() const { return kKinds / GetParam() / "table"; }
  json expected() const {
    std::ifstream file(kKinds / GetParam() / "expected.json");
    return json::parse(file);
  }
};

TEST_P(DeltaKind, ScansToTheRowsThatSparkReads) {
  const auto want = expected();
  auto opened = scan(location(), {}, want.at("columns"));
  ASSERT_TRUE(opened) << opened.error().what;
  std::vector<TextRow> rows;
  for (const auto& row : want.at("rows")) {
    auto& texts = rows.emplace_back();
    for (const auto& cell : row) {
      texts.push_back(cell.is_null() ? std::nullopt : std::optional(cell.get<std::string>()));
    }
  }
  EXPECT_EQ(rows_of(**opened), rows);
}

TEST_P(DeltaKind, SaysWhetherItsFilesArePlainParquet) {
  const auto snapshot = read_snapshot(location());
  ASSERT_TRUE(snapshot) << snapshot.error().what;
  ASSERT_TRUE(*snapshot);
  EXPECT_EQ((*snapshot)->plain_parquet, expected().at("plain_parquet").get<bool>());
}

TEST_P(DeltaKind, NamesItsColumnsAndFilesThatExist) {
  const auto snapshot = read_snapshot(location()).value().value();
  std::vector<std::string> names;
  for (const auto& column : snapshot.columns) names.push_back(column.name);
  EXPECT_EQ(json(names), expected().at("columns"));
  for (const auto& file : snapshot.files) {
    EXPECT_EQ(static_cast<std::int64_t>(std::filesystem::file_size(file.path)), file.size_bytes);
  }
}

TEST_P(DeltaKind, CountsItsRowsInTheLogWhenTheLogHasThem) {
  const auto snapshot = read_snapshot(location()).value().value();
  std::int64_t rows = 0;
  for (const auto& file : snapshot.files) rows += file.rows;
  const auto files = static_cast<std::int64_t>(snapshot.files.size());
  const bool silent = std::string_view(GetParam()) == "no_stats";
  EXPECT_EQ(rows, silent ? -files : static_cast<std::int64_t>(expected().at("rows").size()));
}

INSTANTIATE_TEST_SUITE_P(All, DeltaKind,
                         testing::Values("plain", "deletion_vectors", "column_mapping_name",
                                         "column_mapping_id", "partitioned_null",
                                         "special_characters", "v2_checkpoint", "no_stats",
                                         "schema_change", "type_widening", "everything"),
                         [](const auto& kind_of) { return std::string(kind_of.param); });

std::string kind(const char* name) { return kKinds / name / "table"; }

TEST(Scan, GivesOnlyTheColumnsAskedForInTheirOrder) {
  auto opened = scan(kind("plain"), {}, {"canal", "id_cliente"}).value();
  const std::vector<TextRow> rows = {{"CRM", "00001"}, {"CRM", "00003"}, {"Ofertas", "00002"}};
  EXPECT_EQ(rows_of(*opened), rows);
}

TEST(Scan, GivesAPartitionColumnAlone) {
  auto opened = scan(kind("partitioned_null"), {}, {"dia"}).value();
  const std::vector<TextRow> rows = {
      {std::nullopt}, {"2024-05-28"}, {"2024-05-28"}, {"2024-05-28"}};
  EXPECT_EQ(rows_of(*opened), rows);
}

TEST(Scan, GivesAColumnAloneThatOlderFilesLack) {
  auto opened = scan(kind("schema_change"), {}, {"n"}).value();
  EXPECT_EQ(rows_of(*opened), (std::vector<TextRow>{{std::nullopt}, {"2"}}));
}

TEST(Scan, NamesTheColumnsThereWhenOneIsMissing) {
  const auto opened = scan(kind("plain"), {}, {"id_clente"});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::data);
  EXPECT_NE(opened.error().what.find("id_clente"), std::string::npos) << opened.error().what;
  EXPECT_NE(opened.error().what.find("id_cliente, canal, data_envio, n"), std::string::npos);
}

TEST(Scan, MayBeDroppedBeforeItsEnd) {
  auto opened = scan(kind("deletion_vectors"), {}, {"id_cliente"}).value();
  ArrowSchema schema{};
  ArrowArray array{};
  ASSERT_TRUE(opened->next(&schema, &array).value());
  opened.reset();
  EXPECT_GT(array.length, 0) << "a batch outlives its scan";
  schema.release(&schema);
  array.release(&array);
}

TEST(Scan, FailsWhenAFileOfTheTableIsGone) {
  const ScratchFolder scratch;
  const auto table = scratch.path() / "t";
  std::filesystem::copy(kind("plain"), table, std::filesystem::copy_options::recursive);
  std::filesystem::remove(read_snapshot(table).value()->files.front().path);
  auto opened = scan(table, {}, {"id_cliente"}).value();
  ArrowSchema schema{};
  ArrowArray array{};
  auto next = opened->next(&schema, &array);
  while (next && *next) {
    schema.release(&schema);
    array.release(&array);
    next = opened->next(&schema, &array);
  }
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().kind, ErrorKind::missing);
  EXPECT_NE(next.error().what.find(".parquet"), std::string::npos) << next.error().what;
}

TEST(Snapshot, ReadsAnOlderVersionWithItsOwnColumns) {
  const auto first = read_snapshot(kind("schema_change"), {1, {}}).value().value();
  EXPECT_EQ(first.version, 1);
  EXPECT_EQ(first.columns.size(), 2U);
  EXPECT_EQ(first.files.size(), 1U);
  EXPECT_EQ(read_snapshot(kind("schema_change")).value()->columns.size(), 4U);
}

TEST(Snapshot, SaysTheLatestVersionWhenAskedForAFutureOne) {
  const auto snapshot = read_snapshot(kind("plain"), {99, {}});
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().kind, ErrorKind::missing);
  EXPECT_NE(snapshot.error().what.find("the latest is 2"), std::string::npos)
      << snapshot.error().what;
}

TEST(Snapshot, GivesPartitionValuesByTheirLogicalNames) {
  const auto mapped = read_snapshot(kind("column_mapping_name")).value().value();
  EXPECT_EQ(mapped.partition_columns, std::vector<std::string>{"meio"});
  for (const auto& file : mapped.files) {
    ASSERT_EQ(file.partition.size(), 1U);
    EXPECT_EQ(file.partition.begin()->first, "meio");
  }
}

TEST(Snapshot, OfAnEmptyOrAbsentFolderIsNone) {
  const ScratchFolder scratch;
  EXPECT_EQ(read_snapshot(scratch.path()).value(), std::nullopt);
  EXPECT_EQ(read_snapshot(scratch.path() / "not/there").value(), std::nullopt);
  EXPECT_FALSE(history(scratch.path() / "not/there").value());
}

TEST(Snapshot, OfADamagedLogIsAnError) {
  const ScratchFolder scratch;
  std::filesystem::create_directories(scratch.path() / "_delta_log");
  std::ofstream(scratch.path() / "_delta_log/00000000000000000000.json") << "{\"protocol\": tr";
  const auto snapshot = read_snapshot(scratch.path());
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().kind, ErrorKind::data) << snapshot.error().what;
  EXPECT_EQ(snapshot.error().what.find("stack backtrace"), std::string::npos);
}

TEST(History, TellsSparksCommitsNewestFirst) {
  const auto commits = history(kind("deletion_vectors")).value().value();
  ASSERT_EQ(commits.size(), 5U);
  EXPECT_EQ(commits.front().version, 4);
  EXPECT_EQ(commits.front().operation, "WRITE");
  EXPECT_EQ(commits.back().operation, "CREATE TABLE");
  EXPECT_EQ(commits[1].operation, "DELETE");
  EXPECT_NE(commits[1].info.at("operationParameters").find("predicate"), std::string::npos);
}

}  // namespace
}  // namespace quarentena
