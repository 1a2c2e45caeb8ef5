#include "schedule/other_schedulers.h"

#include <gmock/gmock.h>

namespace quarentena::schedule {
namespace {

using ::testing::HasSubstr;

Cron cron(const std::string& expression) { return *Cron::parse(expression, "America/Sao_Paulo"); }

TEST(Quartz, CountsWeekdaysByNameAndTakesOneKindOfDay) {
  EXPECT_EQ(*quartz(cron("0 6 * * *")), "0 0 6 * * ?");
  EXPECT_EQ(*quartz(cron("30 5 * * 1-5")), "0 30 5 ? * MON,TUE,WED,THU,FRI");
  EXPECT_EQ(*quartz(cron("0 6 * * 0")), *quartz(cron("0 6 * * 7")));
  EXPECT_EQ(*quartz(cron("0 6 * * fri-sun")), "0 0 6 ? * SUN,FRI,SAT");
  EXPECT_EQ(*quartz(cron("0 6 * * */2")), "0 0 6 ? * SUN,TUE,THU,SAT");
  EXPECT_EQ(*quartz(cron("*/15 8-18/2 1,15 JAN-JUN *")), "0 0/15 8-18/2 1,15 JAN-JUN ?");
  EXPECT_EQ(*quartz(cron("*/10 * * * * *")), "0/10 * * * * ?");
  EXPECT_EQ(*quartz(cron("@daily")), "0 0 0 * * ?");
}

TEST(Quartz, WhatItCannotSayIsRefused) {
  const auto both = quartz(cron("0 6 1 * MON"));
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().kind, ErrorKind::config);
  EXPECT_THAT(both.error().hint, HasSubstr("two loads"));
  const auto last_day = quartz(cron("0 6 L * *"));
  ASSERT_FALSE(last_day);
  EXPECT_THAT(last_day.error().what, HasSubstr("'0 6 L * *'"));
}

Schedule two_loads() {
  Schedule schedule;
  schedule.loads.push_back({"diaria", cron("0 6 * * *"), {}, {}});
  schedule.loads.push_back({"fraude", cron("@hourly"), {"fraude"}, {}});
  return schedule;
}

TEST(Crontab, HasALineForEachLoadWhosePathsMayHoldAnything) {
  Plan plan;
  plan.file = "/dados/100% certo/o'brien.yml";
  plan.staging = "/dados/staging";
  const auto lines = crontab(plan, two_loads(), "/usr/bin/quarentena");
  ASSERT_TRUE(lines) << lines.error().what;
  EXPECT_THAT(*lines, HasSubstr("CRON_TZ=America/Sao_Paulo\n"));
  EXPECT_THAT(*lines, HasSubstr("0 6 * * * flock --nonblock '/dados/staging/.cron.lock' "
                                "'/usr/bin/quarentena' run --quiet -c "
                                "'/dados/100\\% certo/o'\\''brien.yml'  # diaria\n"));
  EXPECT_THAT(*lines, HasSubstr("0 * * * * flock"));
  EXPECT_THAT(*lines, HasSubstr(" --only 'fraude'  # fraude\n"));
}

TEST(SystemdUnit, RunsTheDaemonAndLetsItEndItsLoad) {
  Plan plan;
  plan.file = "/etc/quarentena/100%.yml";
  const auto unit = systemd_unit(plan, "/opt/meu app/quarentena", "dados");
  EXPECT_THAT(unit, HasSubstr("ExecStart=\"/opt/meu app/quarentena\" daemon -c "
                              "\"/etc/quarentena/100%%.yml\"\n"));
  EXPECT_THAT(unit, HasSubstr("User=dados\n"));
  EXPECT_THAT(unit, HasSubstr("KillMode=mixed\n"));
}

TEST(DatabricksBundle, RefusesWhatIsOnAMachine) {
  Plan plan;
  plan.table = "/dados/quarentena_global";
  const auto refused = databricks_bundle(plan, two_loads(), Compute::serverless);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("/dados/quarentena_global"));
}

}  // namespace
}  // namespace quarentena::schedule
