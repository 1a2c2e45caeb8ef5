#include "run/backfill.h"

#include "run/explain.h"
#include "run/runs_for_tests.h"
#include "run/simulate.h"

namespace quarentena {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Date day(int after) { return Date(kDay.days() + after); }

class BackfillTest : public RunTest {
 protected:
  RunReport run_on(int after) {
    options_.data_carga = day(after);
    return run();
  }
  BackfillReport fill(int from, int to, bool dry_run = false, Late late = Late::report) const {
    BackfillOptions options;
    options.from = day(from);
    options.to = day(to);
    options.dry_run = dry_run;
    options.late = late;
    options.threads = 2;
    auto report = backfill(plan_, options);
    EXPECT_FALSE(report.error) << report.error->what;
    return report;
  }
  static std::vector<std::string> statuses(const BackfillReport& report) {
    std::vector<std::string> out;
    for (const auto& each : report.days)
      out.push_back(each.run.sources.empty() ? "nothing" : name(each.run.status));
    return out;
  }
  Result<Simulation> tried(const std::vector<std::string>& sets) const {
    SimulateOptions options;
    options.sets = sets;
    options.threads = 2;
    return simulate(plan_, options);
  }
};

TEST_F(BackfillTest, DaysWhoseResultIsThereCommitNothing) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  run_on(0);
  deliver("crm", "2,b@x,11,s,2024-05-29\n");
  run_on(1);
  fs::remove(inbox("crm"));
  run_on(2);
  const auto before = rows("data_carga, id_cliente, qtd_dias");
  EXPECT_THAT(statuses(fill(-1, 2)), ElementsAre("nothing", "unchanged", "unchanged", "unchanged"));
  EXPECT_THAT(statuses(fill(1, 1)), ElementsAre("unchanged"));
  EXPECT_EQ(rows("data_carga, id_cliente, qtd_dias"), before);
}

TEST_F(BackfillTest, ADayThatWasNeverRunIsCarriedFromTheDayBefore) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  run_on(0);
  deliver("crm", "2,b@x,11,s,2024-05-30\n");
  run_on(2);
  const auto report = fill(0, 2);
  EXPECT_THAT(statuses(report), ElementsAre("unchanged", "published", "unchanged"));
  EXPECT_EQ(report.exit_code(), 3);
  ASSERT_EQ(report.days[1].changes.size(), 1u);
  EXPECT_EQ(report.days[1].changes[0].entered, 1);
  EXPECT_THAT(rows("data_carga, id_cliente"),
              ElementsAre("2024-05-28|1", "2024-05-29|1", "2024-05-30|2"));
}

TEST_F(BackfillTest, AChangedRuleIsPutIntoPastDaysInAnyOrder) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-25\n2,b@x,11,s,2024-05-28\n");
  run_on(0);
  run_on(1);
  plan_.sources[0].period.dias = 2;
  EXPECT_THAT(statuses(fill(0, 1, true)), ElementsAre("dry_run", "dry_run"));
  EXPECT_THAT(rows("data_carga, id_cliente"), testing::SizeIs(4));
  fill(1, 1);
  fill(0, 0);
  const std::vector<std::string> expected = {"2024-05-28|2", "2024-05-29|2"};
  EXPECT_EQ(rows("data_carga, id_cliente"), expected);
  EXPECT_THAT(statuses(fill(0, 1)), ElementsAre("unchanged", "unchanged"));
}

TEST_F(BackfillTest, UnderFromNowAPastDayKeepsThePeriodItHad) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-25\n");
  plan_.sources[0].applies = Applies::from_now;
  run_on(0);
  plan_.sources[0].period.dias = 2;
  run_on(1);
  EXPECT_THAT(statuses(fill(0, 1)), ElementsAre("unchanged", "unchanged"));
  EXPECT_THAT(rows("data_carga, id_cliente, saida_prevista"),
              ElementsAre("2024-05-28|1|2024-06-01", "2024-05-29|1|2024-06-01"));
}

TEST_F(BackfillTest, ACanalThatIsNotConfiguredAnyMoreKeepsItsPastDays) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  source("ofertas", "Ofertas", "2,b@x,11,s,2024-05-28\n");
  run_on(0);
  forget("ofertas");
  fill(0, 0);
  EXPECT_THAT(rows("canal, id_cliente"), ElementsAre("CRM|1", "Ofertas|2"));
}

TEST_F(BackfillTest, ARowThatCameLateIsReportedAndPutInOnlyWhenAsked) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  run_on(0);
  run_on(1);
  deliver("crm", "1,a@x,11,s,2024-05-28\n2,b@x,11,s,2024-05-28\n");
  run_on(2);
  const auto report = fill(0, 2);
  ASSERT_EQ(report.late.size(), 1u);
  EXPECT_EQ(report.late[0].clients, 1);
  EXPECT_EQ(report.late[0].client_days, 2);
  std::ifstream in(report.late_file);
  std::string header, line;
  std::getline(in, header), std::getline(in, line);
  EXPECT_EQ(line, "CRM,2,2024-05-28,2024-05-30,2,2024-05-28 2024-05-29");
  EXPECT_EQ(fs::status(report.late_file).permissions() & fs::perms::mask, fs::perms(0600));
  EXPECT_THAT(rows("data_carga, id_cliente"), testing::SizeIs(4));
  fill(0, 2, false, Late::put_in);
  EXPECT_THAT(rows("data_carga, id_cliente"), testing::SizeIs(6));
  EXPECT_THAT(statuses(fill(0, 2, false, Late::put_in)),
              ElementsAre("unchanged", "unchanged", "unchanged"));
}

class LateRowsTest : public BackfillTest {
 protected:
  /// Client 2 was written to on day 0, and first delivered for day 2.
  LateRowsTest() {
    source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
    run_on(0);
    run_on(1);
    deliver("crm", "1,a@x,11,s,2024-05-28\n2,b@x,11,s,2024-05-28\n");
    run_on(2);
    fill(0, 2, false, Late::put_in);
    EXPECT_EQ(rows(kKeys), with_late());
  }
  static constexpr const char* kKeys = "data_carga, id_cliente";
  static std::vector<std::string> with_late() {
    return {"2024-05-28|1", "2024-05-28|2", "2024-05-29|1",
            "2024-05-29|2", "2024-05-30|1", "2024-05-30|2"};
  }
};

TEST_F(LateRowsTest, StayWhenTheDaysAreComputedAgainInAnyOrderWithoutAskingForThem) {
  EXPECT_THAT(statuses(fill(0, 2)), ElementsAre("unchanged", "unchanged", "unchanged"));
  EXPECT_THAT(statuses(fill(1, 1)), ElementsAre("unchanged"));
  EXPECT_THAT(statuses(fill(0, 0)), ElementsAre("unchanged"));
  EXPECT_EQ(rows(kKeys), with_late());
  EXPECT_THAT(fill(0, 2).late, IsEmpty());
}

TEST_F(LateRowsTest, StayWhenTheDayIsRunAgain) {
  deliver("crm", "1,a@x,11,s,2024-05-28\n3,c@x,11,s,2024-05-28\n");
  EXPECT_EQ(run_on(0).status, RunStatus::published);
  EXPECT_THAT(rows(kKeys), testing::Contains("2024-05-28|2"));
  EXPECT_THAT(rows(kKeys), testing::Contains("2024-05-28|3"));
}

TEST_F(LateRowsTest, StayUnderAChangedRuleAndAreGoneWhenTheyAreLookedForAgainAndNoneIsLate) {
  plan_.sources[0].where = "id_cliente <> '1'";
  fill(0, 2);
  EXPECT_THAT(rows(kKeys), ElementsAre("2024-05-28|2", "2024-05-29|2", "2024-05-30|2"));
  plan_.sources[0].where = "id_cliente <> '2'";
  fill(0, 2, false, Late::put_in);
  EXPECT_THAT(rows(kKeys), ElementsAre("2024-05-28|1", "2024-05-29|1", "2024-05-30|1"));
}

TEST_F(LateRowsTest, AreExplained) {
  ExplainOptions asked;
  asked.id_cliente = "2";
  asked.day = day(1);
  asked.threads = 1;
  const auto why = explain(plan_, asked);
  ASSERT_TRUE(why) << why.error().what;
  EXPECT_EQ(why->canais[0].because, Because::in_force);
  ASSERT_EQ(why->canais[0].rows.size(), 1u);
  EXPECT_EQ(why->canais[0].rows[0].origin, "backfill --with-late");
}

TEST_F(LateRowsTest, ThatAreNotKeptAnyMoreEndTheRunBeforeItTakesThemOut) {
  fs::remove_all(fs::path(plan_.staging) / "deliveries" / "crm.late");
  const auto report = run_on(0);
  ASSERT_TRUE(report.error);
  EXPECT_THAT(report.error->hint, HasSubstr("backfill --with-late"));
  EXPECT_EQ(rows(kKeys), with_late());
}

TEST_F(BackfillTest, WhoAnAcceptedDeliveryReleasedIsNotLateWhenTheyComeBack) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n2,b@x,11,s,2024-05-28\n");
  plan_.sources[0].acceptance.shrink.reset();
  run_on(0);
  deliver("crm", "1,a@x,11,s,2024-05-28\n");
  run_on(1);
  deliver("crm", "1,a@x,11,s,2024-05-28\n2,b@x,11,s,2024-05-28\n");
  run_on(2);
  EXPECT_THAT(fill(1, 2).late, IsEmpty());
}

TEST_F(BackfillTest, ASimulationComparesWithWhatIsPublishedAndWritesNothing) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-25\n2,b@x,11,s,2024-05-28\n");
  run_on(0);
  const auto before = files_under(scratch_.path());
  const auto simulation = tried({"crm.dias=2"});
  ASSERT_TRUE(simulation) << simulation.error().what;
  ASSERT_EQ(simulation->days.size(), 1u);
  EXPECT_EQ(simulation->days[0].canais[0].left, 1);
  EXPECT_EQ(simulation->days[0].canais[0].entered, 0);
  EXPECT_EQ(files_under(scratch_.path()), before);
}

TEST_F(BackfillTest, ARuleThatIsNoneIsAnErrorThatNamesTheNearest) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-25\n");
  EXPECT_THAT(tried({"cmr.dias=2"}).error().what, HasSubstr("did you mean 'crm'?"));
  EXPECT_THAT(tried({"crm.diaz=2"}).error().what, HasSubstr("did you mean 'dias'?"));
  EXPECT_THAT(tried({"crm.dias=two"}).error().what, HasSubstr("'two'"));
  EXPECT_THAT(tried({"crm"}).error().what, HasSubstr("SOURCE.KEY=VALUE"));
}

}  // namespace
}  // namespace quarentena
