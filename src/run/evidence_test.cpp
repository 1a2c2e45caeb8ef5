#include "run/evidence.h"

#include "run/published_table.h"
#include "run/runs_for_tests.h"

namespace quarentena {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class EvidenceTest : public RunTest {
 protected:
  Evidence of(const std::string& client, const std::string& canal = "CRM") const {
    const auto ledger = Ledger::read(table());
    const auto kept = open_kept_deliveries(plan_);
    const auto engine = open_duckdb_engine({1, {}});
    EXPECT_TRUE(ledger && kept && engine);
    return evidence_of(**engine, {&plan_, &*ledger, &*kept, kDay, client, nullptr}, canal);
  }
};

TEST_F(EvidenceTest, IsOfTheClientAndTheCanalAlone) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n11,b@x,11,s,2024-05-28\n");
  source("ofertas", "Ofertas", "1,c@x,11,s,2024-05-28\n");
  published();
  const auto evidence = of("1");
  ASSERT_THAT(evidence.rows, SizeIs(1));
  EXPECT_EQ(evidence.rows[0].email, "a@x");
  EXPECT_EQ(evidence.rows[0].source, "crm");
  ASSERT_THAT(evidence.sources, SizeIs(1));
  EXPECT_EQ(evidence.sources[0].status, SourceStatus::received);
}

TEST_F(EvidenceTest, NamesFileAndRowAsTheyWereDelivered) {
  source("crm", "CRM", "9,a@x,11,s,2024-05-28\n1,a@x,11,s,2024-05-28\n");
  published();
  fs::remove(inbox("crm"));
  const auto row = of("1").rows.at(0);
  EXPECT_EQ(row.file, "crm.csv");
  EXPECT_EQ(row.row, 3);
  EXPECT_EQ(row.origin, inbox("crm").string());
}

TEST_F(EvidenceTest, EveryOutcomeOfARowSaysWhy) {
  source("crm", "CRM",
         "1,a@x,11,nao,2024-05-28\n2,a@x,11,s,ruim\n3,a@x,11,s,2024-06-01\n4,a@x,11,s,2024-05-01\n"
         "5,a@x,11,s,\n");
  plan_.sources[0].where = "assunto <> 'nao'";
  published();
  const auto expect = [&](const std::string& client, RowOutcome outcome, const std::string& why) {
    const auto row = of(client).rows.at(0);
    EXPECT_EQ(name(row.outcome), std::string(name(outcome))) << client;
    EXPECT_THAT(row.why, HasSubstr(why)) << client;
  };
  expect("1", RowOutcome::filtered, "`where: assunto <> 'nao'` does not keep it");
  expect("2", RowOutcome::rejected, "data_envio 'ruim' is not a date");
  expect("3", RowOutcome::future, "2024-06-01 > 2024-05-28");
  expect("4", RowOutcome::expired, "2024-05-01 + 7 days = 2024-05-08 < 2024-05-28");
  expect("5", RowOutcome::rejected, "it has no data_envio");
}

TEST_F(EvidenceTest, WhatIsNotKeptAnyMoreIsSaidToBeMissing) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  published();
  fs::remove_all(fs::path(plan_.staging) / "deliveries");
  const auto evidence = of("1");
  EXPECT_THAT(evidence.rows, IsEmpty());
  EXPECT_THAT(evidence.sources.at(0).missing, HasSubstr("accepted for 2024-05-28"));
}

TEST_F(EvidenceTest, ASourceThatIsNotConfiguredAnyMoreIsToldOfByTheLedger) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  published();
  forget("crm");
  const auto evidence = of("1");
  ASSERT_THAT(evidence.sources, SizeIs(1));
  EXPECT_THAT(evidence.sources[0].missing, HasSubstr("not configured any more"));
}

TEST(Arithmetic, SaysWhetherTheLastDayIsReached) {
  EXPECT_EQ(arithmetic(*Date::parse_iso("2024-05-20"), 30, kDay),
            "2024-05-20 + 30 days = 2024-06-19 >= 2024-05-28");
  EXPECT_EQ(arithmetic(*Date::parse_iso("2024-05-20"), 7, kDay),
            "2024-05-20 + 7 days = 2024-05-27 < 2024-05-28");
}

}  // namespace
}  // namespace quarentena
