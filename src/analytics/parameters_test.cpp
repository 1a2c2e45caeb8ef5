#include "analytics/parameters.h"

#include <gtest/gtest.h>

namespace quarentena::analytics {
namespace {

const Days kDays{*Date::parse_iso("2024-06-01"), *Date::parse_iso("2024-05-28")};

std::string value_of(ParameterType type, const std::string& text) {
  const auto value = resolved({"p", type, "", {}}, text, kDays);
  return value ? *value : "error: " + value.error().what;
}

TEST(Parameters, DaysMayBeSpokenOf) {
  EXPECT_EQ(value_of(ParameterType::date, "2024-02-29"), "2024-02-29");
  EXPECT_EQ(value_of(ParameterType::date, "latest"), "2024-05-28");
  EXPECT_EQ(value_of(ParameterType::date, "latest-29"), "2024-04-29");
  EXPECT_EQ(value_of(ParameterType::date, "today+1"), "2024-06-02");
}

TEST(Parameters, WhatIsNotOfTheTypeIsRefused) {
  for (const auto* text : {"", "2023-02-29", "latest-", "latest-1x", "latest29", "latest-9999999",
                           "2024-05-28' OR 1=1 --", "ontem"})
    EXPECT_EQ(value_of(ParameterType::date, text),
              std::string("error: '") + text + "' is no date for parameter 'p'");
  for (const auto* text : {"", "1.5", "1 OR 1", "0x10", "99999999999999999999"})
    EXPECT_TRUE(value_of(ParameterType::integer, text).starts_with("error: "));
  EXPECT_TRUE(value_of(ParameterType::text, "a\nb").starts_with("error: "));
}

TEST(Parameters, BecomeLiteralsThatCannotBeLeft) {
  Analysis analysis;
  analysis.sql = "SELECT 9-:n, :t, ':t' -- :d\n, :d";
  analysis.parameters = {{"n", ParameterType::integer, "", {}},
                         {"t", ParameterType::text, "", {}},
                         {"d", ParameterType::date, "", {}}};
  EXPECT_EQ(bound_sql(analysis, {{"n", "-5"}, {"t", "d'água; --"}, {"d", "2024-05-28"}}),
            "SELECT 9-(-5), 'd''água; --', ':t' -- :d\n, DATE '2024-05-28'");
}

}  // namespace
}  // namespace quarentena::analytics
