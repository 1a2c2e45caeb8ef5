#include "config/plan.h"

#include <gtest/gtest.h>

namespace quarentena {
namespace {

TEST(PlanBrake, WithoutOneInTheFileIsTheDefault) {
  const Brake brake = Plan{}.brake("CRM");
  EXPECT_EQ(brake.count, 10);
  EXPECT_EQ(brake.percent, 10);
}

TEST(PlanBrake, OfACanalComesBeforeThatOfEveryOther) {
  Plan plan;
  plan.brakes[""] = {.count = 50, .percent = 5};
  plan.brakes["Fraude"] = {.count = 0, .percent = 0};
  EXPECT_EQ(plan.brake("Fraude").count, 0);
  EXPECT_EQ(plan.brake("Fraude").percent, 0);
  EXPECT_EQ(plan.brake("CRM").count, 50);
  EXPECT_EQ(plan.brake("CRM").percent, 5);
}

}  // namespace
}  // namespace quarentena
