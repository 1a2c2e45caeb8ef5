#include "trust/ledger_row.h"

#include <gmock/gmock.h>

#include "trust/ledgers_for_tests.h"

namespace quarentena {
namespace {

using testing::HasSubstr;

TEST(LedgerNames, AreReadBack) {
  for (const auto status :
       {SourceStatus::received, SourceStatus::unchanged, SourceStatus::late, SourceStatus::missing,
        SourceStatus::empty, SourceStatus::truncated, SourceStatus::shrunken, SourceStatus::drifted,
        SourceStatus::failed, SourceStatus::carried}) {
    EXPECT_EQ(source_status(name(status)), status) << name(status);
  }
  for (const auto one : {Decision::accepted, Decision::carried, Decision::skipped, Decision::failed,
                         Decision::held}) {
    EXPECT_EQ(decision(name(one)), one) << name(one);
  }
  EXPECT_EQ(source_status("Received"), std::nullopt);
  EXPECT_EQ(decision(""), std::nullopt);
}

TEST(LedgerInfo, CarriesEveryColumn) {
  const std::vector<LedgerRow> rows = {full_row(kDay, "crm"), bare_row(kDay, "fraude")};
  const auto text = ledger_info(rows);
  const auto back = rows_of_ledger_info(text);
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(*back, rows);
  EXPECT_THAT(text, HasSubstr(R"("decided_at":"2024-05-28T12:40:00.456Z")"));
}

TEST(LedgerInfo, MayHoldNoRow) {
  EXPECT_EQ(rows_of_ledger_info(ledger_info({})).value(), std::vector<LedgerRow>{});
}

TEST(LedgerInfo, SurvivesATextThatIsNoUtf8) {
  auto row = full_row(kDay, "crm");
  row.reason = "caf\xe9";
  EXPECT_TRUE(rows_of_ledger_info(ledger_info({row})));
}

class ForeignInfo : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(ForeignInfo, IsRefusedAndSaysWhy) {
  const auto rows = rows_of_ledger_info(GetParam().first);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().kind, ErrorKind::data);
  EXPECT_THAT(rows.error().what, HasSubstr(GetParam().second));
}

constexpr const char* kNotADay =
    R"([{"data_carga":"28/05/2024","source":"a","status":"late","decision":"held"}])";
constexpr const char* kNotANumber =
    R"([{"data_carga":"2024-05-28","source":"a","status":"late","decision":"held","dias":"30"}])";
constexpr const char* kNotAStatus =
    R"([{"data_carga":"2024-05-28","source":"a","status":"lost","decision":"held"}])";
INSTANTIATE_TEST_SUITE_P(All, ForeignInfo,
                         testing::Values(std::pair("{", "no JSON array"),
                                         std::pair("[1]", "no JSON object"),
                                         std::pair(R"([{"data_carga":"2024-05-28"}])", "no source"),
                                         std::pair(kNotADay, "28/05/2024"),
                                         std::pair(kNotANumber, "dias"),
                                         std::pair(kNotAStatus, "\"lost\"")));

}  // namespace
}  // namespace quarentena
