#include "run/explain.h"

#include "run/runs_for_tests.h"

namespace quarentena {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ExplainTest : public RunTest {
 protected:
  CanalExplanation of(const std::string& client, int after = 0) const {
    ExplainOptions asked;
    asked.id_cliente = client;
    asked.day = Date(kDay.days() + after);
    asked.threads = 1;
    const auto answer = explain(plan_, asked);
    EXPECT_TRUE(answer) << answer.error().what;
    return answer->canais.at(0);
  }
  RunReport run_on(int after) {
    options_.data_carga = Date(kDay.days() + after);
    return run();
  }
};

TEST_F(ExplainTest, TheLastDayOfAPeriodIsInItAndTheNextIsNot) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-21\n2,b@x,11,s,2024-05-20\n");
  published();
  const auto last = of("1");
  EXPECT_EQ(last.because, Because::in_force);
  EXPECT_EQ(last.reason, "2024-05-21 + 7 days = 2024-05-28 >= 2024-05-28");
  const auto over = of("2");
  EXPECT_EQ(over.because, Because::expired);
  EXPECT_THAT(over.reason, HasSubstr("2024-05-20 + 7 days = 2024-05-27 < 2024-05-28"));
}

TEST_F(ExplainTest, AnAnswerIsOfTheDayThatIsAskedAbout) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-29\n");
  published();
  EXPECT_EQ(run_on(1).status, RunStatus::published);
  EXPECT_EQ(of("1", 0).because, Because::future);
  EXPECT_EQ(of("1", 1).because, Because::in_force);
}

TEST_F(ExplainTest, WhoIsCarriedIsToldSinceWhenAndFromWhichDelivery) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  published();
  fs::remove(inbox("crm"));
  run_on(1), run_on(2);
  const auto canal = of("1", 2);
  ASSERT_THAT(canal.sources, SizeIs(1));
  EXPECT_EQ(canal.sources[0].decision, Decision::carried);
  EXPECT_EQ(canal.sources[0].carried_since, Date(kDay.days() + 1));
  EXPECT_EQ(canal.sources[0].in_force_since, kDay);
  ASSERT_THAT(canal.rows, SizeIs(1));
  EXPECT_EQ(canal.rows[0].accepted_for, kDay);
}

TEST_F(ExplainTest, TheRowThatLeavesLastStandsFirstAndTheOtherSaysWhyItLost) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-26\n1,b@x,11,s,2024-05-27\n1,c@x,11,s,2024-05-27\n");
  published();
  const auto rows = of("1").rows;
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[0].outcome, RowOutcome::quarantined);
  EXPECT_EQ(rows[0].email, "b@x");
  EXPECT_EQ(rows[0].row, 3);
  EXPECT_EQ(rows[1].email, "c@x");
  EXPECT_THAT(rows[1].why, HasSubstr("same day, and the e-mail of crm.csv:3 comes first"));
  EXPECT_EQ(rows[2].email, "a@x");
  EXPECT_THAT(rows[2].why, HasSubstr("leaves earlier: 2024-06-02 < 2024-06-03 of crm.csv:3"));
}

TEST_F(ExplainTest, WhoAnAcceptedDeliveryDoesNotNameWasReleasedByIt) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n2,a@x,11,s,2024-05-28\n");
  plan_.sources[0].acceptance.shrink.reset();
  published();
  deliver("crm", "2,a@x,11,s,2024-05-28\n");
  run_on(1);
  const auto canal = of("1", 1);
  EXPECT_EQ(canal.because, Because::released);
  EXPECT_EQ(canal.last_published, kDay);
  EXPECT_THAT(canal.reason, HasSubstr("source 'crm' accepted for 2024-05-29"));
}

TEST_F(ExplainTest, ARuleThatChangedSinceIsNotAnExplanationOfThatDay) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  published();
  plan_.sources[0].where = "id_cliente <> '1'";
  const auto canal = of("1");
  EXPECT_TRUE(canal.published);
  EXPECT_EQ(canal.because, Because::not_explained);
  EXPECT_THAT(canal.reason, HasSubstr("the configuration changed"));
}

TEST_F(ExplainTest, ADayThatIsNotThereIsAnErrorThatNamesThoseThatAre) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  published();
  ExplainOptions asked;
  asked.id_cliente = "1";
  asked.day = Date(kDay.days() + 3);
  const auto answer = explain(plan_, asked);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::missing);
  EXPECT_THAT(answer.error().hint, HasSubstr("2024-05-28"));
}

}  // namespace
}  // namespace quarentena
