#include "trust/acceptance.h"

#include <gmock/gmock.h>

namespace quarentena {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Date day(std::string_view iso) { return *Date::parse_iso(iso); }
std::int64_t utc(const std::string& iso) { return *parse_timestamp_ms(iso, "UTC"); }

/// A source of 100 usual rows, and a delivery of as many on the morning of 2024-05-28.
class Judgement : public testing::Test {
 protected:
  Judgement() {
    source_.name = "crm";
    source_.period.dias = 30;
    delivery_.files = {{"/in/crm.csv", 1000, utc("2024-05-28T09:00:00Z"), "aa"}};
    loaded_.account.read = 100;
    loaded_.newest = day("2024-05-27");
    loaded_.columns = {{"id_cliente", "VARCHAR"}, {"data_envio", "DATE"}};
    yesterday_.data_carga = day("2024-05-27");
    yesterday_.in_force = "yesterday";
    yesterday_.in_force_since = day("2024-05-27");
    yesterday_.columns = columns_text(loaded_.columns);
    yesterday_.digest = "of yesterday";
    memory_.last = memory_.before = memory_.agreed = memory_.accepted = &yesterday_;
    memory_.usual = {100, 98, 102};
  }
  Verdict verdict(bool ends_in_newline = true) const {
    return judge(source_, {&delivery_, &loaded_, nullptr, broken_, id_, ends_in_newline}, memory_,
                 {utc("2024-05-28T10:00:00Z"), day("2024-05-28"), "UTC"});
  }
  /// As verdict(), with somebody's word that what changed is right.
  Verdict accepted_by(const std::string& whom, bool ends_in_newline = true) const {
    return judge(source_, {&delivery_, &loaded_, nullptr, broken_, id_, ends_in_newline, whom},
                 memory_, {utc("2024-05-28T10:00:00Z"), day("2024-05-28"), "UTC"});
  }
  Verdict of_error(ErrorKind kind, Defect defect = Defect::none) const {
    const Error error{kind, "it is not there", "", defect, "crm"};
    return judge(source_, {nullptr, nullptr, &error, {}, {}, false}, memory_,
                 {utc("2024-05-28T10:00:00Z"), day("2024-05-28"), "UTC"});
  }
  void expect(SourceStatus status, bool accepted, const std::string& reason) const {
    const auto found = verdict();
    EXPECT_EQ(name(found.status), std::string(name(status)));
    EXPECT_EQ(found.accepted, accepted);
    EXPECT_THAT(found.reason, HasSubstr(reason));
  }
  Source source_;
  Delivery delivery_;
  InputLoaded loaded_;
  LedgerRow yesterday_;
  SourceMemory memory_;
  std::vector<std::string> broken_;
  std::string id_ = "today";
};

TEST_F(Judgement, AsUsualIsReceived) { expect(SourceStatus::received, true, ""); }

TEST_F(Judgement, TheSameBytesAreUnchanged) {
  id_ = "yesterday";
  expect(SourceStatus::unchanged, true, "as on 2024-05-27");
}

TEST_F(Judgement, AStaleCopyOfADayIsLateThoughItIsWhole) {
  id_ = "yesterday";
  source_.where = "data_base = data_carga";
  loaded_.account.filtered = 100;
  expect(SourceStatus::late, false, "none of its rows is of this day");
}

TEST_F(Judgement, AChangedColumnIsAcceptedOnSomebodysWordAndSaysWhose) {
  loaded_.columns["data_envio"] = "VARCHAR";
  expect(SourceStatus::drifted, false, "'data_envio' was DATE and is VARCHAR");
  const auto found = accepted_by("ana@host: text from now on");
  EXPECT_TRUE(found.accepted);
  EXPECT_EQ(found.status, SourceStatus::drifted);
  EXPECT_EQ(found.reason,
            "its columns changed: 'data_envio' was DATE and is VARCHAR; accepted by ana@host: text "
            "from now on");
}

TEST_F(Judgement, TheWordForAChangeDoesNotCoverAnotherFault) {
  loaded_.columns["data_envio"] = "VARCHAR";
  loaded_.account.read = 49;
  const auto found = accepted_by("ana@host: text from now on");
  EXPECT_FALSE(found.accepted);
  EXPECT_EQ(found.status, SourceStatus::shrunken);
}

TEST_F(Judgement, TheDayRunAgainNeedsNoSecondWordForTheSameDelivery) {
  loaded_.columns["data_envio"] = "VARCHAR";
  LedgerRow today = yesterday_;
  today.data_carga = day("2024-05-28");
  today.status = SourceStatus::drifted;
  today.decision = Decision::accepted;
  today.in_force = "today";
  today.reason = "accepted by ana@host: text";
  memory_.last = &today;
  expect(SourceStatus::drifted, true, "accepted by ana@host: text");
  id_ = "another";
  expect(SourceStatus::drifted, false, "was DATE and is VARCHAR");
}

TEST_F(Judgement, AWordForAChangeThatIsNoneIsAWarning) {
  const auto found = accepted_by("ana@host: text from now on");
  EXPECT_EQ(found.status, SourceStatus::received);
  EXPECT_THAT(found.warnings, testing::ElementsAre(HasSubstr("there was none")));
}

TEST_F(Judgement, AnOlderDeliveryAgainIsLateUntilSomebodySaysThatItIsRight) {
  memory_.replaced = {{"friday", day("2024-05-24")}};
  id_ = "friday";
  expect(SourceStatus::late, false,
         "the same delivery as on 2024-05-24, which that of 2024-05-27 took the place of");
  EXPECT_THAT(verdict().hint, HasSubstr("--accept-change crm"));
  const auto found = accepted_by("ana@host: the list of Monday was wrong");
  EXPECT_TRUE(found.accepted);
  EXPECT_EQ(found.status, SourceStatus::late);
  EXPECT_THAT(found.reason, HasSubstr("accepted by ana@host: the list of Monday was wrong"));
}

TEST_F(Judgement, HalfTheUsualRowsIsTheLeastByDefault) {
  loaded_.account.read = 50;
  expect(SourceStatus::received, true, "");
  loaded_.account.read = 49;
  expect(SourceStatus::shrunken, false, "49 rows instead of the usual 100");
}

TEST_F(Judgement, AChangeMustPassBothLimits) {
  source_.acceptance.shrink = ChangeLimit{10, 60};
  loaded_.account.read = 41;
  expect(SourceStatus::received, true, "");
  loaded_.account.read = 39;
  expect(SourceStatus::shrunken, false, "");
  source_.acceptance.growth = ChangeLimit{200, 0};
  loaded_.account.read = 301;
  expect(SourceStatus::shrunken, false, "too many");
}

TEST_F(Judgement, NoRowThatCountsIsEmptyUnlessNoneIsAsked) {
  loaded_.account.filtered = 100;
  expect(SourceStatus::empty, false, "keeps none of its 100 rows");
  source_.acceptance.min_rows = 0;
  source_.acceptance.shrink.reset();
  expect(SourceStatus::received, true, "");
}

TEST_F(Judgement, RejectsCountAgainstTheLimitAndAgainstWhatWasAccepted) {
  loaded_.account.rejected = 30;
  expect(SourceStatus::received, true, "");
  loaded_.account.rejected = 31;
  expect(SourceStatus::shrunken, false, "31 of 100 rows were rejected");
  yesterday_.rows_counted = 100;
  yesterday_.rows_rejected = 31;
  expect(SourceStatus::received, true, "");
}

TEST_F(Judgement, AMappedColumnKeepsItsKindOfType) {
  loaded_.columns["data_envio"] = "VARCHAR";
  expect(SourceStatus::drifted, false, "'data_envio' was DATE and is VARCHAR");
  loaded_.columns["data_envio"] = "DATE";
  loaded_.columns["nova"] = "INTEGER";
  expect(SourceStatus::received, true, "");
  source_.acceptance.contract = Acceptance::Contract::freeze;
  expect(SourceStatus::drifted, false, "'nova' is new");
}

TEST_F(Judgement, AFileTooOldIsLate) {
  source_.acceptance.max_age_hours = 1;
  expect(SourceStatus::received, true, "");
  delivery_.files[0].modified_ms -= 1;
  expect(SourceStatus::late, false, "at most 1 are allowed");
}

TEST_F(Judgement, ANewestContactTooOldIsLate) {
  source_.acceptance.newest_within_days = 1;
  expect(SourceStatus::received, true, "");
  source_.acceptance.newest_within_days = 0;
  expect(SourceStatus::late, false, "2024-05-28 or later is expected");
}

TEST_F(Judgement, AfterItsDeadlineIsLateAndAcceptedWhenWhole) {
  source_.acceptance.deadline_minutes = 8 * 60 + 30;
  expect(SourceStatus::late, true, "came 30 minutes after 08:30");
  source_.acceptance.timezone = "America/Sao_Paulo";  // 08:30 there is 11:30
  expect(SourceStatus::received, true, "");
}

TEST_F(Judgement, AnExpectationThatIsHeldRefuses) {
  broken_ = {"emails (count(email) > 0)"};
  expect(SourceStatus::shrunken, false, "emails (count(email) > 0)");
}

TEST_F(Judgement, AnEndThatEarlierDeliveriesHadIsMissed) {
  EXPECT_TRUE(verdict(false).accepted);  // nothing is known of earlier ends
  yesterday_.files = R"([{"name":"crm.csv","ends_in_newline":true}])";
  EXPECT_EQ(verdict(false).status, SourceStatus::truncated);
  EXPECT_TRUE(verdict(true).accepted);
  loaded_.columns["data_envio"] = "VARCHAR";
  EXPECT_THAT(verdict(false).reason,
              AllOf(HasSubstr("without a line end"), HasSubstr("was DATE and is VARCHAR")));
}

TEST_F(Judgement, ASenderWhoEndsNoLastLineAnyMoreIsBelievedOnSomebodysWord) {
  yesterday_.files = R"([{"name":"crm.csv","ends_in_newline":true}])";
  EXPECT_THAT(verdict(false).hint, HasSubstr("--accept-change crm"));
  const auto found = accepted_by("ana@host: another program writes it", false);
  EXPECT_TRUE(found.accepted);
  EXPECT_EQ(found.status, SourceStatus::truncated);
  EXPECT_THAT(found.reason, HasSubstr("accepted by ana@host: another program writes it"));
  loaded_.account.read = 49;
  EXPECT_EQ(accepted_by("ana@host: it is whole", false).status, SourceStatus::shrunken);
}

TEST_F(Judgement, WhatDidNotComeSaysWhyAndWhenItIsDue) {
  EXPECT_EQ(of_error(ErrorKind::missing).status, SourceStatus::missing);
  EXPECT_EQ(of_error(ErrorKind::transient).status, SourceStatus::failed);
  EXPECT_EQ(of_error(ErrorKind::auth).status, SourceStatus::failed);
  EXPECT_EQ(of_error(ErrorKind::data, Defect::truncated).status, SourceStatus::truncated);
  EXPECT_EQ(of_error(ErrorKind::data, Defect::drifted).status, SourceStatus::drifted);
  EXPECT_EQ(of_error(ErrorKind::data, Defect::empty).status, SourceStatus::empty);
  source_.acceptance.deadline_minutes = 7 * 60;
  EXPECT_THAT(of_error(ErrorKind::missing).reason, HasSubstr("it was due at 07:00"));
  source_.acceptance.deadline_minutes = 12 * 60;
  EXPECT_THAT(of_error(ErrorKind::missing).reason, HasSubstr("it is due at 12:00"));
}

}  // namespace
}  // namespace quarentena
