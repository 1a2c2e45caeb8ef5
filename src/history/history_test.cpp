#include "history/history.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "history/compare.h"
#include "history/history_row.h"
#include "run/history_at.h"

namespace quarentena {
namespace {

using testing::HasSubstr;

RunReport run_of(const std::string& id) {
  RunReport report;
  report.run_id = id;
  report.status = RunStatus::published;
  report.data_carga = *Date::parse_iso("2024-05-28");
  report.started_ms = 1'716'892'200'000;
  report.finished_ms = 1'716'892'201'000;
  return report;
}

TEST(History, ARunComesBackFromItsRowAsItWas) {
  auto report = run_of("20240528T103000Z-1a2b3c");
  report.canais = {{"CRM", 90, 5, 7}};
  report.steps = {{"load", {1'716'892'200'100, 800}}};
  const auto row = to_small_row(report);
  ASSERT_EQ(row.size(), history_columns().size());
  EXPECT_EQ(run_id_of(row), report.run_id);
  const auto back = to_report(row);
  ASSERT_TRUE(back);
  EXPECT_EQ(to_json(*back), to_json(report));
}

TEST(History, OfAKilledRunTheEndIsNotKnown) {
  auto report = run_of("a");
  report.status = RunStatus::killed;
  report.finished_ms = 0;
  const auto row = to_small_row(report);
  for (const std::size_t column : {3, 4, 6})
    EXPECT_TRUE(std::holds_alternative<std::monostate>(row[column]))
        << history_columns()[column].name;
}

TEST(History, EnteredAndLeftAreAbsentWhenACanalDoesNotKnowThem) {
  auto report = run_of("a");
  report.canais = {{"CRM", 90, 5, 7}, {"Fraude", 3, {}, {}}};
  const auto row = to_small_row(report);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(row[16]));
  EXPECT_EQ(history_columns()[16].name, "clients_entered");
}

TEST(History, ARunIsFoundByTheBeginningOfItsId) {
  PastRuns past;
  EXPECT_EQ(find_run(past, "last").error().kind, ErrorKind::missing);
  past.runs = {run_of("20240528T2"), run_of("20240528T1"), run_of("20240527T1")};
  EXPECT_EQ(find_run(past, "last")->run_id, "20240528T2");
  EXPECT_EQ(find_run(past, "20240527")->run_id, "20240527T1");
  EXPECT_EQ(find_run(past, "20240528T1")->run_id, "20240528T1");
  EXPECT_THAT(find_run(past, "20240528").error().what, HasSubstr("beginning of 2 runs"));
}

TEST(History, EachRunIsInTheTableOnceAndTheFilesStayFew) {
  const auto folder = std::filesystem::temp_directory_path() / new_run_id(now_ms());
  Plan plan;
  plan.table = (folder / "table").string();
  plan.staging = (folder / "staging").string();
  std::vector<std::string> ids;
  for (int i = 0; i < 70; ++i) {
    auto report = run_of(new_run_id(now_ms() - (70 - i) * 1000));
    report.started_ms += i;
    ids.insert(ids.begin(), report.run_id);
    ASSERT_TRUE(save_report(plan.staging, report));
    const auto recorded = record_runs(plan);
    ASSERT_TRUE(recorded) << recorded.error().what;
  }
  ASSERT_TRUE(record_runs(plan));
  std::filesystem::remove_all(plan.staging);  // this is what the table has
  std::vector<std::string> there;
  for (const auto& run : past_runs(plan).runs) there.push_back(run.run_id);
  EXPECT_EQ(there, ids);
  const auto table = read_snapshot(history_at(plan.table));
  ASSERT_TRUE(table && *table);
  EXPECT_EQ((*table)->version, 69) << "recorded again, it commits nothing";
  EXPECT_LE((*table)->files.size(), 32u);
  std::filesystem::remove_all(folder);
}

TEST(Compare, ARunDoesNotDifferFromItself) {
  EXPECT_TRUE(differences(run_of("a"), run_of("a")).empty());
}

TEST(Compare, WhatDiffersIsNamedWithBothValuesInOrder) {
  auto a = run_of("a"), b = run_of("b");
  a.canais = {{"CRM", 90, 5, 7}};
  b.canais = {{"CRM", 80, 5, 17}};
  a.program = "1";
  b.program = "2";
  b.steps = {{"load", {0, 800}}};
  const auto found = differences(a, b);
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].what, "program");
  EXPECT_EQ(found[1].what, "canal CRM: rows");
  EXPECT_EQ(found[1].a, "90");
  EXPECT_EQ(found[1].b, "80");
  EXPECT_EQ(found[2].what, "canal CRM: left");
  EXPECT_EQ(found[3].what, "step load, ms");
  EXPECT_EQ(found[3].a, "");
}

}  // namespace
}  // namespace quarentena
