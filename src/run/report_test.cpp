#include "run/report.h"

#include "run/runs_for_tests.h"

namespace quarentena {
namespace {

RunReport full() {
  RunReport report;
  report.run_id = "20240528T103000Z-1a2b3c";
  report.status = RunStatus::published;
  report.data_carga = kDay;
  report.started_ms = 1716892200123;
  report.finished_ms = 1716892201456;
  report.config = "/etc/quarentena.yml";
  report.table = "s3://bucket/tabela é";
  report.version = 7;
  report.rejects = "s3://bucket/tabela é_rejects/data_carga=2024-05-28";
  report.error = Error{ErrorKind::conflict, "outro \"escritor\"\nchegou", "rode de novo"};
  report.sources = {{"crm",
                     "CRM",
                     "/in/crm.csv",
                     {{"/in/crm.csv", 12, 1716892100789, "ab"}},
                     {},
                     "cd",
                     Account{7, 1, 1, 1, 1, 2, 1},
                     SourceStatus::late,
                     Decision::carried,
                     "não chegou",
                     "peça de novo",
                     kDay,
                     {"um aviso"},
                     Lapse{1716892200200, 30},
                     Lapse{1716892200300, 400}},
                    {"fraude",
                     "Fraude",
                     "/in/fraude",
                     {},
                     3,
                     "ef",
                     {},
                     SourceStatus::received,
                     Decision::accepted,
                     {},
                     {},
                     {},
                     {},
                     {},
                     {}}};
  report.canais = {{"CRM", 90, 5, 7}, {"Fraude", 3, {}, {}}};
  report.steps = {{"fetch", {1716892200150, 100}}, {"load", {1716892200250, 900}}};
  report.host = "carga-1";
  report.program = "0.1.0";
  report.engine = "spark";
  report.config_digest = "0123";
  report.held = {{"CRM", 30, 100, 10, {}}};
  return report;
}

TEST(Report, ComesBackFromItsJsonAsItWas) {
  const auto back = report_from_json(to_json(full()));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(to_json(*back), to_json(full()));
  EXPECT_EQ(back->run_id, "20240528T103000Z-1a2b3c");
  EXPECT_EQ(back->status, RunStatus::published);
  EXPECT_EQ(back->data_carga, kDay);
  EXPECT_EQ(back->started_ms, 1716892200123);
  EXPECT_EQ(back->finished_ms, 1716892201456);
  EXPECT_EQ(back->version, 7);
  EXPECT_EQ(back->table, "s3://bucket/tabela é");
  EXPECT_EQ(back->error->kind, ErrorKind::conflict);
  EXPECT_EQ(back->error->what, "outro \"escritor\"\nchegou");
  EXPECT_EQ(back->error->hint, "rode de novo");
  ASSERT_EQ(back->sources.size(), 2u);
  EXPECT_EQ(back->sources[0].files[0].modified_ms, 1716892100789);
  EXPECT_EQ(back->sources[0].files[0].sha256, "ab");
  EXPECT_EQ(back->sources[0].account->duplicate, 2);
  EXPECT_EQ(back->sources[0].came, SourceStatus::late);
  EXPECT_EQ(back->sources[0].decision, Decision::carried);
  EXPECT_EQ(back->sources[0].in_force_since, kDay);
  EXPECT_EQ(back->sources[0].warnings, std::vector<std::string>{"um aviso"});
  EXPECT_FALSE(back->sources[0].delta_version);
  EXPECT_EQ(back->sources[1].delta_version, 3);
  EXPECT_FALSE(back->sources[1].account);
  EXPECT_EQ(back->sources[0].loaded->took_ms, 400);
  EXPECT_FALSE(back->sources[1].loaded);
  EXPECT_EQ(back->canais[0].entered, 5);
  EXPECT_FALSE(back->canais[1].left);
  EXPECT_EQ(back->steps[1].lapse.started_ms, 1716892200250);
}

TEST(Report, EveryStatusAndKindOfErrorComesBack) {
  for (const auto status :
       {RunStatus::published, RunStatus::unchanged, RunStatus::dry_run, RunStatus::failed}) {
    auto report = full();
    report.status = status;
    EXPECT_EQ(report_from_json(to_json(report))->status, status);
  }
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::bug); ++kind) {
    auto report = full();
    report.error->kind = static_cast<ErrorKind>(kind);
    EXPECT_EQ(report_from_json(to_json(report))->error->kind, report.error->kind);
  }
}

TEST(Report, WhatIsAbsentStaysAbsent) {
  RunReport report;
  report.data_carga = kDay;
  const auto back = report_from_json(to_json(report));
  ASSERT_TRUE(back);
  EXPECT_FALSE(back->version || back->error);
  EXPECT_EQ(back->rejects, "");
  EXPECT_EQ(back->exit_code(), 0);
}

TEST(Report, OtherJsonIsNoReport) {
  for (const auto* text :
       {"", "[]", "7", "{}", R"({"schema":"quarentena/run_results/1"})", R"({"schema":"other/1"})"})
    EXPECT_EQ(report_from_json(text).error().kind, ErrorKind::data) << text;
}

TEST(Report, IsReadBackByItsIdAndFoldersAreListedNewestFirst) {
  const ScratchFolder scratch;
  EXPECT_EQ(read_report(scratch.path(), "20240528T1").error().kind, ErrorKind::missing);
  for (const auto* id : {"20240527T1", "20240528T2", "20240528T1"}) {
    auto report = full();
    report.run_id = id;
    ASSERT_TRUE(save_report(scratch.path(), report));
  }
  EXPECT_EQ(read_report(scratch.path(), "20240528T1")->run_id, "20240528T1");
  EXPECT_THAT(run_folders(scratch.path()),
              testing::ElementsAre("20240528T2", "20240528T1", "20240527T1"));
}

TEST(Report, OfARunThatHasNotEndedHasNoEnd) {
  RunReport report;
  report.status = RunStatus::running;
  report.data_carga = kDay;
  report.started_ms = 1716892200123;
  const auto text = to_json(report);
  EXPECT_THAT(text, testing::HasSubstr("\"finished_at\": null"));
  EXPECT_THAT(text, testing::HasSubstr("\"exit_code\": null"));
  const auto back = report_from_json(text);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->status, RunStatus::running);
  EXPECT_EQ(back->finished_ms, 0);
}

}  // namespace
}  // namespace quarentena
