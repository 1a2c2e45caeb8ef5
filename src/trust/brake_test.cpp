#include "trust/brake.h"

#include <gtest/gtest.h>

namespace quarentena {
namespace {

Date day(std::string_view iso) { return *Date::parse_iso(iso); }

TEST(Brake, HoldsOnlyWhatPassesBothLimits) {
  const Brake brake{10, 10};
  EXPECT_EQ(releases_allowed(brake, 50, {}), 10);  // 5 would be ten percent
  EXPECT_EQ(releases_allowed(brake, 100, {}), 10);
  EXPECT_EQ(releases_allowed(brake, 250, {}), 25);
  EXPECT_EQ(releases_allowed(brake, 259, {}), 25);  // not even a tenth of a client more
  EXPECT_EQ(releases_allowed({0, 0}, 1'000'000, {}), 0);
  EXPECT_EQ(releases_allowed({0, 100}, 7, {}), 7);
  EXPECT_EQ(releases_allowed({0, 10}, 9'000'000'000'000'000'000, {}), 900'000'000'000'000'000);
}

TEST(Brake, AnApprovalRaisesTheLimitAndNeverLowersIt) {
  const Brake brake{10, 10};
  const auto approved = [](std::int64_t ceiling) {
    return Approval{"CRM", ceiling, 14, "", "", 0};
  };
  EXPECT_EQ(releases_allowed(brake, 100, approved(14)), 14);
  EXPECT_EQ(releases_allowed(brake, 100, approved(13)), 13);
  EXPECT_EQ(releases_allowed(brake, 100, approved(3)), 10);
}

TEST(Brake, AnApprovalComesBackFromTheLedgerAndTheLastOneCounts) {
  const Approval first{"CRM", 14, 14, "ana@carga", "lista \"revista\"", 1'716'892'200'000};
  auto second = first;
  second.ceiling = 20;
  second.at_ms += 60'000;
  EXPECT_EQ(approval_in(approval_text(first)), first);
  LedgerRow row, later, other_day;
  row.data_carga = later.data_carga = day("2024-05-28");
  other_day.data_carga = day("2024-05-27");
  row.approved = approval_text(second);
  later.approved = approval_text(first);
  other_day.approved = approval_text({"Fraude", 99, 99, "", "", 0});
  const auto found = approvals_of({row, later, other_day}, day("2024-05-28"));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.at("CRM").ceiling, 20);
}

TEST(Brake, WhatIsNoApprovalIsNone) {
  for (const auto* text : {"", "{}", "[1]", R"({"canal":"CRM"})", R"({"canal":1,"ceiling":2})",
                           R"({"canal":"CRM","ceiling":"2"})"})
    EXPECT_FALSE(approval_in(text)) << text;
}

class Reasons : public testing::Test {
 protected:
  Reasons() {
    source_.name = "crm";
    source_.where = "email IS NOT NULL";
    load_ = {"CRM", {}, day("2024-05-28"), "UTC", {}, {}};
    load_.sources.push_back({&source_, nullptr, nullptr, load_.data_carga, Period{20}, {}});
    release_.id_cliente = "1";
    release_.data_envio = day("2024-05-20");
    release_.saida_prevista = day("2024-06-19");
  }
  std::string why(bool configured = true) const {
    return why_released(release_, load_, configured);
  }
  Source source_;
  CanalLoad load_;
  EarlyRelease release_;
};

TEST_F(Reasons, AbsentFromWhatIsInForce) {
  EXPECT_EQ(why(), "absent from crm's delivery of 2024-05-28");
}

TEST_F(Reasons, ThePeriodWasShortened) {
  load_.sources[0].period.dias = 7;
  EXPECT_EQ(why(), "period shortened from 30 to 7");
  release_.saida_prevista.reset();
  EXPECT_EQ(why(), "period shortened from until_removed to 7");
}

TEST_F(Reasons, FilteredNow) {
  release_.input = 0;
  release_.status = "filtered";
  EXPECT_EQ(why(), "filtered: email IS NOT NULL is not true");
}

TEST_F(Reasons, TheCanalIsGone) {
  EXPECT_EQ(why(false), "canal CRM is no longer configured");
  load_.sources.clear();
  EXPECT_EQ(why(), "no source of CRM counts on this day");
}

}  // namespace
}  // namespace quarentena
