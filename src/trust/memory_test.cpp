#include "trust/memory.h"

#include <gtest/gtest.h>

#include "trust/acceptance.h"

namespace quarentena {
namespace {

LedgerRow accepted(Date day, const std::string& delivery) {
  LedgerRow out;
  out.data_carga = day;
  out.decision = Decision::accepted;
  out.in_force = delivery;
  out.in_force_since = day;
  return out;
}

LedgerRow row(Date day, Decision decision, const std::string& columns) {
  LedgerRow out;
  out.data_carga = day;
  out.source = "marketing";
  out.decision = decision;
  out.columns = columns;
  out.in_force = "4568b173e57bface";
  out.in_force_since = day;
  return out;
}

/// The ledger's row of a carried day tells of the delivery that was refused.
TEST(Memory, AgreesOnTheColumnsOfTheLastAcceptedDelivery) {
  const Date monday(19863);
  const auto accepted = row(monday, Decision::accepted, R"({"data_envio":"DATE"})");
  const auto refused = row(Date(19864), Decision::carried, R"({"data_envio":"VARCHAR"})");
  Source source;
  const auto memory = remember(source, {&refused, &accepted}, Date(19865));
  EXPECT_EQ(memory.before, &refused);
  EXPECT_EQ(memory.agreed, &accepted);
  EXPECT_EQ(memory.accepted, &accepted);

  InputLoaded again;
  again.account.read = 3;
  again.columns = {{"data_envio", "VARCHAR"}};
  const Delivery delivery;
  Arrived arrived;
  arrived.delivery = &delivery;
  arrived.loaded = &again;
  arrived.ends_in_newline = true;
  const auto second_day = judge(source, arrived, memory, {0, Date(19865), "America/Sao_Paulo"});
  EXPECT_EQ(second_day.status, SourceStatus::drifted) << second_day.reason;
  again.columns = {{"data_envio", "DATE"}};
  EXPECT_TRUE(judge(source, arrived, memory, {0, Date(19865), "America/Sao_Paulo"}).accepted);
}

TEST(Memory, OfASnapshotKnowsTheDeliveriesThatOthersTookThePlaceOf) {
  const Date monday(19863);
  const auto first = accepted(monday, "a"), again = accepted(Date(19864), "a"),
             second = accepted(Date(19865), "b");
  Source source;
  const auto eve = remember(source, {&second, &again, &first}, Date(19866));
  ASSERT_EQ(eve.replaced.size(), 1U);
  EXPECT_EQ(eve.replaced[0], (InForce{"a", Date(19864)}));

  // The day itself, run again with the file of the day before.
  EXPECT_EQ(remember(source, {&second, &again}, Date(19865)).replaced, eve.replaced);
  EXPECT_TRUE(remember(source, {&again, &first}, Date(19865)).replaced.empty());

  source.keeps = Keeps::events;
  EXPECT_TRUE(remember(source, {&second, &again, &first}, Date(19866)).replaced.empty());
}

}  // namespace
}  // namespace quarentena
