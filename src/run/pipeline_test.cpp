#include "run/pipeline.h"

#include "run/runs_for_tests.h"

namespace quarentena {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(RunTest, ASecondRunOfTheSameFilesCommitsNothing) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  EXPECT_EQ(published().version, 0);
  const auto before = files_under(table());
  const auto again = run();
  EXPECT_EQ(again.status, RunStatus::unchanged);
  EXPECT_EQ(again.version, 0);
  EXPECT_FALSE(again.sources[0].account);
  EXPECT_EQ(files_under(table()), before);
}

TEST_F(RunTest, ForceCommitsWhatHasNotChanged) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  published();
  options_.force = true;
  EXPECT_EQ(published().version, 1);
  EXPECT_THAT(rows("id_cliente"), ElementsAre("1"));
}

TEST_F(RunTest, AChangedDeliveryReplacesItsCanalAndNoOther) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  source("ofertas", "Ofertas", "2,b@x,11,s,2024-05-28\n");
  published();
  deliver("crm", "3,c@x,11,s,2024-05-28\n");
  EXPECT_EQ(published().version, 1);
  EXPECT_THAT(rows("canal, id_cliente"), ElementsAre("CRM|3", "Ofertas|2"));
}

TEST_F(RunTest, OnlyLeavesTheOtherCanaisAndTheirRejects) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n,b@x,11,s,2024-05-28\n");
  source("ofertas", "Ofertas", "2,b@x,11,s,2024-05-28\n");
  published();
  deliver("ofertas", "3,c@x,11,s,2024-05-28\n");
  deliver("crm", "9,z@x,11,s,2024-05-28\n");
  options_.only = {"ofertas"};
  EXPECT_EQ(published().sources.size(), 1u);
  EXPECT_THAT(rows("canal, id_cliente"), ElementsAre("CRM|1", "Ofertas|3"));
  EXPECT_TRUE(fs::exists(rejects() / "data_carga=2024-05-28/canal=CRM"));
}

TEST_F(RunTest, OnlyOneOfTheSourcesOfACanalIsAnError) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  source("crm2", "CRM", "2,b@x,11,s,2024-05-28\n");
  options_.only = {"crm"};
  const auto report = run();
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->kind, ErrorKind::config);
  EXPECT_THAT(report.error->what, AllOf(HasSubstr("'crm2'"), HasSubstr("CRM")));
  EXPECT_THAT(report.error->hint, HasSubstr("--only crm2"));
  options_.only = {"crm", "crm2"};
  published();
}

TEST_F(RunTest, OnlyASourceThatIsNotThereIsAnError) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  options_.only = {"cmr"};
  const auto report = run();
  ASSERT_TRUE(report.error);
  EXPECT_THAT(report.error->what, HasSubstr("'cmr'"));
  EXPECT_FALSE(fs::exists(table()));
}

TEST_F(RunTest, ACanalThatIsNoLongerConfiguredLeavesTheDayWithItsRejects) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  source("ofertas", "Ofertas", "2,b@x,11,s,2024-05-28\n,c@x,11,s,2024-05-28\n");
  EXPECT_EQ(published().rejects, (rejects() / "data_carga=2024-05-28").string());
  forget("ofertas");
  EXPECT_EQ(published().rejects, "");
  EXPECT_THAT(rows("canal, id_cliente"), ElementsAre("CRM|1"));
  EXPECT_FALSE(fs::exists(rejects()));
  EXPECT_EQ(run().status, RunStatus::unchanged);
}

TEST_F(RunTest, RejectsOfOtherDaysStay) {
  source("crm", "CRM", ",a@x,11,s,2024-05-28\n");
  published();
  options_.data_carga = Date(kDay.days() + 1);
  forget("crm");
  source("ofertas", "Ofertas", ",b@x,11,s,2024-05-28\n");
  published();
  EXPECT_TRUE(fs::exists(rejects() / "data_carga=2024-05-28/canal=CRM"));
  EXPECT_TRUE(fs::exists(rejects() / "data_carga=2024-05-29/canal=Ofertas"));
}

TEST_F(RunTest, ADryRunCountsAndLeavesNothing) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n,b@x,11,s,2024-05-28\n");
  options_.dry_run = true;
  const auto report = run();
  EXPECT_EQ(report.status, RunStatus::dry_run);
  EXPECT_EQ(report.totals().quarantined, 1);
  EXPECT_EQ(report.totals().rejected, 1);
  EXPECT_FALSE(fs::exists(table()));
  EXPECT_FALSE(fs::exists(rejects()));
}

TEST_F(RunTest, AFailedRunNamesEveryBrokenSourceAndLeavesTheTableAsItWas) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  source("ofertas", "Ofertas", "2,b@x,11,s,2024-05-28\n");
  source("fraude", "Fraude", "3,c@x,11,s,2024-05-28\n");
  published();
  for (auto& each : plan_.sources) each.acceptance.on_failure = Acceptance::OnFailure::fail;
  const auto before = files_under(table());
  // Two that are not there, then two without their columns; the third is good, and changed.
  deliver("fraude", "4,d@x,11,s,2024-05-28\n");
  fs::remove(inbox("crm"));
  fs::remove(inbox("ofertas"));
  const auto check = [&](ErrorKind kind) {
    const auto report = run();
    EXPECT_EQ(report.status, RunStatus::failed);
    ASSERT_TRUE(report.error);
    EXPECT_EQ(report.error->kind, kind);
    EXPECT_THAT(report.error->what, AllOf(HasSubstr("source 'crm'"), HasSubstr("source 'ofertas'"),
                                          Not(HasSubstr("fraude"))));
    EXPECT_EQ(files_under(table()), before);
    EXPECT_FALSE(fs::exists(rejects()));
  };
  check(ErrorKind::missing);
  write(inbox("crm"), "cliente\n1\n");
  write(inbox("ofertas"), "cliente\n1\n");
  check(ErrorKind::data);
  EXPECT_THAT(rows("canal, id_cliente"), ElementsAre("CRM|1", "Fraude|3", "Ofertas|2"));
}

TEST_F(RunTest, ASourceThatIsNotThereKeepsItsLastAcceptedState) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n2,b@x,11,s,2024-05-22\n");
  published();
  fs::remove(inbox("crm"));
  options_.data_carga = Date(kDay.days() + 2);
  const auto report = published();
  EXPECT_EQ(report.exit_code(), 3);
  EXPECT_EQ(report.sources[0].came, SourceStatus::missing);
  EXPECT_EQ(report.sources[0].in_force_since, kDay);
  // Re-dated: 2 has left on its day, 1 counts on.
  EXPECT_THAT(rows("data_carga, id_cliente, qtd_dias"),
              ElementsAre("2024-05-28|1|0", "2024-05-28|2|6", "2024-05-30|1|2"));
}

TEST_F(RunTest, ALateFileReplacesTheDayThatWasCarried) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  published();
  options_.data_carga = Date(kDay.days() + 1);
  fs::remove(inbox("crm"));
  published();
  deliver("crm", "1,a@x,11,s,2024-05-28\n3,c@x,11,s,2024-05-29\n");
  EXPECT_EQ(published().exit_code(), 0);
  EXPECT_THAT(rows("data_carga, id_cliente"),
              ElementsAre("2024-05-28|1", "2024-05-29|1", "2024-05-29|3"));
}

TEST_F(RunTest, ASourceOfEventsRemembersWhoItSaw) {
  source("ofertas", "Ofertas", "1,a@x,11,s,2024-05-28\n");
  plan_.sources[0].keeps = Keeps::events;
  published();
  options_.data_carga = Date(kDay.days() + 5);
  deliver("ofertas", "2,b@x,11,s,2024-06-02\n");
  EXPECT_EQ(published().exit_code(), 0);
  options_.data_carga = Date(kDay.days() + 8);
  deliver("ofertas", "3,b@x,11,s,2024-06-05\n");
  published();
  EXPECT_THAT(
      rows("data_carga, id_cliente"),
      ElementsAre("2024-05-28|1", "2024-06-02|1", "2024-06-02|2", "2024-06-05|2", "2024-06-05|3"));
}

TEST_F(RunTest, APeriodThatChangesFromNowOnLeavesOlderContactsTheirs) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  published();
  plan_.sources[0].period.dias = 2;
  plan_.sources[0].applies = Applies::from_now;
  options_.data_carga = Date(kDay.days() + 3);
  deliver("crm", "1,a@x,11,s,2024-05-28\n2,b@x,11,s,2024-05-31\n");
  published();
  EXPECT_THAT(
      rows("data_carga, id_cliente, data_envio, saida_prevista"),
      ElementsAre("2024-05-28|1|2024-05-28|2024-06-04", "2024-05-31|1|2024-05-28|2024-06-04",
                  "2024-05-31|2|2024-05-31|2024-06-02"));
}

TEST_F(RunTest, ADayWhoseFilesSomebodyDeletedIsLoadedAgain) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  published();
  ReplaceDay nothing;
  nothing.data_carga = kDay;
  nothing.others = ReplaceDay::Others::remove;
  ASSERT_TRUE(replace_day(table(), nothing));
  EXPECT_THAT(rows("id_cliente"), IsEmpty());
  EXPECT_EQ(published().version, 2);
  EXPECT_THAT(rows("id_cliente"), ElementsAre("1"));
}

TEST_F(RunTest, ACanalThatCameOutEmptyIsUnchangedToo) {
  source("crm", "CRM", "1,a@x,11,s,2024-01-01\n");
  const auto report = published();
  EXPECT_THAT(report.sources[0].warnings, ElementsAre(HasSubstr("puts anybody in quarantine")));
  EXPECT_EQ(run().status, RunStatus::unchanged);
}

TEST_F(RunTest, OfACanalFromTwoSourcesTheLatestContactWinsAndEachCountsItsOwnRows) {
  source("crm", "CRM", "1,old@x,11,s,2024-05-26\n2,b@x,11,s,2024-05-27\n");
  source("crm2", "CRM", "1,new@x,11,s,2024-05-27\n2,c@x,11,s,2024-05-26\n3,d@x,11,s,2020-01-01\n");
  const auto report = published();
  EXPECT_THAT(rows("id_cliente, email"), ElementsAre("1|new@x", "2|b@x"));
  const auto& first = *report.sources[0].account;
  const auto& second = *report.sources[1].account;
  EXPECT_EQ(first.read, 2);
  EXPECT_EQ(first.quarantined, 1);
  EXPECT_EQ(first.duplicate, 1);
  EXPECT_EQ(second.read, 3);
  EXPECT_EQ(second.quarantined, 1);
  EXPECT_EQ(second.duplicate, 1);
  EXPECT_EQ(second.expired, 1);
  EXPECT_TRUE(report.totals().balanced());
}

TEST_F(RunTest, WhateverHappensTheReportIsSaved) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  const auto good = published();
  fs::remove(inbox("crm"));
  const auto bad = run();
  EXPECT_EQ(to_json(*read_report(plan_.staging, good.run_id)), to_json(good));
  EXPECT_EQ(to_json(*read_report(plan_.staging, bad.run_id)), to_json(bad));
}

}  // namespace
}  // namespace quarentena
