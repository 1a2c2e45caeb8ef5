#include "alerts/incidents.h"

#include <gmock/gmock.h>

namespace quarentena::alerts {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Date kDay = *Date::parse_iso("2024-05-28");

class IncidentsTest : public testing::Test {
 protected:
  IncidentsTest() { plan_.file = "/etc/quarentena.yml"; }

  RunReport run(RunStatus status, int days_later = 0) {
    RunReport report;
    report.run_id = "20240528T103000Z-1a2b3c";
    report.status = status;
    report.data_carga = Date(kDay.days() + days_later);
    report.finished_ms = 1'717'756'200'000 + ++runs_ * 60'000;  // 2024-06-07
    if (status == RunStatus::failed) report.error = Error{ErrorKind::transient, "no answer", ""};
    if (status == RunStatus::held) report.held = {{"CRM", 30, 100, 10, {"123: absent"}}};
    return report;
  }
  static RunReport with_source(RunReport report, Decision decision, SourceStatus came) {
    SourceReport source;
    source.name = "crm";
    source.canal = "CRM";
    source.decision = decision;
    source.came = came;
    report.sources.push_back(source);
    return report;
  }
  RunReport carried(int days_later = 0) {
    return with_source(run(RunStatus::published, days_later), Decision::carried,
                       SourceStatus::missing);
  }
  RunReport accepted(int days_later = 0) {
    return with_source(run(RunStatus::published, days_later), Decision::accepted,
                       SourceStatus::received);
  }
  /// What is told of it: "failed", "recovered failed".
  std::vector<std::string> told(const RunReport& report) {
    std::vector<std::string> out;
    for (const auto& notice : incidents_.after_run(plan_, report)) {
      out.push_back(name(notice.event));
      if (notice.event == Alerts::Event::recovered)
        out.back() += std::string(" ") + name(notice.over);
      last_ = notice;
    }
    return out;
  }

  Plan plan_;
  Incidents incidents_;
  Notice last_;
  int runs_ = 0;
};

TEST_F(IncidentsTest, AGoodRunIsNoNews) { EXPECT_THAT(told(accepted()), IsEmpty()); }

TEST_F(IncidentsTest, ADryRunIsNobodysBusiness) {
  auto dry = run(RunStatus::dry_run);
  dry.error = Error{ErrorKind::config, "x", ""};
  EXPECT_THAT(told(dry), IsEmpty());
}

TEST_F(IncidentsTest, AFailureIsToldOnceHoweverOftenItIsTriedAgainAndItsEndOnce) {
  EXPECT_THAT(told(run(RunStatus::failed)), ElementsAre("failed"));
  const auto id = last_.incident;
  EXPECT_THAT(told(run(RunStatus::failed)), IsEmpty());
  EXPECT_THAT(told(run(RunStatus::failed, 1)), IsEmpty());
  EXPECT_THAT(told(run(RunStatus::published, 1)), ElementsAre("recovered failed"));
  EXPECT_EQ(last_.incident, id);
  EXPECT_THAT(told(run(RunStatus::published, 1)), IsEmpty());
  EXPECT_THAT(told(run(RunStatus::failed, 2)), ElementsAre("failed"));
  EXPECT_NE(last_.incident, id);
}

TEST_F(IncidentsTest, AFailureThatBecomesAHoldIsToldAgainAndEndsOnce) {
  EXPECT_THAT(told(run(RunStatus::failed)), ElementsAre("failed"));
  EXPECT_THAT(told(run(RunStatus::held)), ElementsAre("held"));
  EXPECT_THAT(told(run(RunStatus::published)), ElementsAre("recovered held"));
}

TEST_F(IncidentsTest, AKilledRunIsAFailure) {
  EXPECT_THAT(told(run(RunStatus::killed)), ElementsAre("failed"));
  EXPECT_THAT(last_.what, HasSubstr("killed"));
}

TEST_F(IncidentsTest, ASourceThatStaysAwayForDaysIsOneIncident) {
  EXPECT_THAT(told(carried()), ElementsAre("degraded"));
  EXPECT_THAT(told(carried(1)), IsEmpty());
  EXPECT_THAT(told(carried(2)), IsEmpty());
  EXPECT_THAT(told(accepted(3)), ElementsAre("recovered degraded"));
  EXPECT_EQ(last_.source, "crm");
}

TEST_F(IncidentsTest, ALateSourceThatIsThenCarriedWasToldAlready) {
  Source source;
  source.name = "crm";
  auto late = late_notice(plan_, source, kDay, SourceStatus::missing);
  EXPECT_EQ(incidents_.found_late(late).size(), 1u);
  EXPECT_THAT(incidents_.found_late(late), IsEmpty());
  EXPECT_THAT(told(carried()), IsEmpty());
  EXPECT_THAT(told(accepted()), ElementsAre("recovered late"));
}

TEST_F(IncidentsTest, ASourceThatWasNotAskedChangesNothing) {
  told(carried());
  EXPECT_THAT(
      told(with_source(run(RunStatus::published), Decision::carried, SourceStatus::carried)),
      IsEmpty());
  EXPECT_THAT(told(accepted()), ElementsAre("recovered degraded"));
}

TEST_F(IncidentsTest, SeveralTroublesOfARunComeTogether) {
  auto both = carried();
  both.sources.push_back(both.sources[0]);
  both.sources[1].name = "marketing";
  EXPECT_THAT(told(both), ElementsAre("degraded", "degraded"));
}

TEST_F(IncidentsTest, APastDayThatFailsIsAnIncidentOfItsOwn) {
  told(accepted(5));
  EXPECT_THAT(told(run(RunStatus::failed, 1)), ElementsAre("failed"));
  EXPECT_THAT(told(run(RunStatus::published, 5)), IsEmpty());
  EXPECT_THAT(told(run(RunStatus::published, 1)), ElementsAre("recovered failed"));
}

TEST_F(IncidentsTest, APastDayThatCarriesASourceSaysNothingAboutToday) {
  told(accepted(5));
  EXPECT_THAT(told(carried(1)), IsEmpty());
}

TEST_F(IncidentsTest, ADayThatHasNotComeDoesNotMakeTodayThePast) {
  told(run(RunStatus::failed, 400));
  EXPECT_THAT(told(carried(5)), ElementsAre("recovered failed", "degraded"));
}

TEST_F(IncidentsTest, AnOldTableIsToldOnceAndSoIsAYoungOne) {
  const auto stale = stale_notice(plan_, kDay, 0, 40LL * 3'600'000);
  EXPECT_EQ(incidents_.found_stale(stale).size(), 1u);
  EXPECT_THAT(incidents_.found_stale(stale), IsEmpty());
  EXPECT_EQ(incidents_.found_fresh(kDay, 1).size(), 1u);
  EXPECT_THAT(incidents_.found_fresh(kDay, 2), IsEmpty());
}

TEST_F(IncidentsTest, AHoldTellsTheCommandThatApprovesItAndNoClient) {
  told(run(RunStatus::held));
  EXPECT_THAT(last_.next.back(), HasSubstr("--approve-release 'CRM=30'"));
  EXPECT_THAT(last_.next.back(), HasSubstr("-c '/etc/quarentena.yml'"));
  EXPECT_THAT(last_.what, Not(HasSubstr("123")));
}

TEST_F(IncidentsTest, WhatADeliveryHoldsIsNotToldThroughItsError) {
  auto failed = run(RunStatus::failed);
  failed.error = Error{ErrorKind::data, "row 7: 'ana@exemplo.com' is no date", ""};
  failed.error->source = "crm";
  EXPECT_THAT(told(failed), ElementsAre("failed"));
  EXPECT_THAT(last_.what, Not(HasSubstr("ana@exemplo.com")));
  EXPECT_THAT(last_.what, HasSubstr("source crm"));
}

}  // namespace
}  // namespace quarentena::alerts
