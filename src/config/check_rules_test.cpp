#include <gtest/gtest.h>

#include "config/load.h"

namespace quarentena {
namespace {

constexpr const char* kSources = R"(
sources:
  crm: { canal: CRM, location: ./crm.csv, format: csv, dias: 30 }
  fraude: { canal: Fraude, location: ./fraude.csv, format: csv, dias: until_removed }
)";

CheckRules rules_of(const std::string& check) {
  const auto plan = read_plan("version: 1\n" + check + kSources, "/etc/q/quarentena.yml");
  EXPECT_TRUE(plan) << format_problems(plan.error());
  return plan ? plan->check : CheckRules{};
}

TEST(CheckRules, WithoutAnyAPersonsOtherKeysDoNotBlock) {
  const auto rules = rules_of("");
  EXPECT_EQ(rules.max_age_hours, 36);
  EXPECT_TRUE(rules.blocks.empty());
  EXPECT_FALSE(rules.person.holds("CRM"));
}

TEST(CheckRules, NameCanaisOrAllButThem) {
  const auto rules = rules_of(R"(
check:
  max_age: 2d
  blocks: { Marketing: { only: [CRM] }, SMS: { except: [CRM] } }
  exemptions: { cobranca: { only: [CRM] } }
  person: [Fraude])");
  EXPECT_EQ(rules.max_age_hours, 48);
  EXPECT_TRUE(rules.blocks.at("Marketing").holds("CRM"));
  EXPECT_FALSE(rules.blocks.at("Marketing").holds("Fraude"));
  EXPECT_FALSE(rules.blocks.at("SMS").holds("CRM"));
  EXPECT_TRUE(rules.blocks.at("SMS").holds("Fraude"));
  EXPECT_TRUE(rules.exemptions.at("cobranca").holds("CRM"));
  EXPECT_FALSE(rules.person.holds("CRM"));
  EXPECT_TRUE(rules.person.holds("Fraude"));
}

TEST(CheckRules, MatchPersonsInAllCanaisOrInNone) {
  EXPECT_TRUE(rules_of("check: { person: on }").person.holds("CRM"));
  EXPECT_FALSE(rules_of("check: { person: off }").person.holds("CRM"));
}

}  // namespace
}  // namespace quarentena
