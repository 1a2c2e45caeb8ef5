#include "engine/duckdb/early_releases.h"

#include <gmock/gmock.h>

#include "table/test_tables.h"

namespace quarentena::duck {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Date kDay{19871};  // 2024-05-28

/// A day before and a day that is about to be published, as Parquet files of the table's columns.
class EarlyReleasesTest : public testing::Test {
 protected:
  EarlyReleasesTest()
      : database_(std::move(*Database::open({1, {}}))),
        connection_(std::move(*database_->connect())) {
    check_.canal = "CRM";
    check_.data_carga = kDay;
    check_.before = Date(kDay.days() - 1);
  }
  /// `rows`: VALUES of id_cliente, data_envio, saida_prevista.
  std::filesystem::path file(const std::string& name, const std::string& rows) {
    const auto path = scratch_.path() / name;
    const auto made = connection_->run(
        "COPY (SELECT id::VARCHAR AS id_cliente, sent::DATE AS data_envio, until::DATE AS "
        "saida_prevista FROM (VALUES " +
        rows + ") t(id, sent, until)) TO " + literal(path.string()) + " (FORMAT parquet)");
    EXPECT_TRUE(made) << made.error().what;
    return path;
  }
  void before(const std::string& rows) { check_.files.push_back(file("before", rows)); }
  void now(const std::string& rows) {
    check_.now.push_back(file("now" + std::to_string(check_.now.size()), rows));
  }
  ReleaseCount counted() {
    const auto releases = EarlyReleases::open(*connection_, check_);
    return *(*releases)->count(check_.made);
  }
  std::vector<EarlyRelease> listed(const std::string& judged = {}) {
    const auto releases = EarlyReleases::open(*connection_, check_);
    auto answer = (*releases)->list(judged);
    EXPECT_TRUE(answer) << answer.error().what;
    std::vector<EarlyRelease> out;
    answer->each_row([&](const auto& row) { out.push_back(to_early_release(row)); });
    return out;
  }
  static std::vector<std::string> ids(const std::vector<EarlyRelease>& of) {
    std::vector<std::string> out;
    for (const auto& one : of) out.push_back(one.id_cliente);
    return out;
  }

  ScratchFolder scratch_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Connection> connection_;
  ReleaseCheck check_;
};

TEST_F(EarlyReleasesTest, WhoseLastDayIsTodayIsDueToStayAndWhoseWasYesterdayIsNot) {
  before("('1', '2024-05-20', '2024-05-28'), ('2', '2024-05-20', '2024-05-27')");
  const auto count = counted();
  EXPECT_EQ(count.due, 1);
  EXPECT_EQ(count.releases, 1);
  EXPECT_THAT(ids(listed()), ElementsAre("1"));
}

TEST_F(EarlyReleasesTest, WhoHasNoLastDayIsDueForEver) {
  before("('1', '2001-01-01', NULL)");
  EXPECT_EQ(counted().releases, 1);
}

TEST_F(EarlyReleasesTest, WhoIsThereNowIsNotReleased) {
  before("('1', '2024-05-20', '2024-06-19'), ('2', '2024-05-20', '2024-06-19')");
  now("('2', '2024-05-20', '2024-06-19'), ('3', '2024-05-28', '2024-06-27')");
  const auto count = counted();
  EXPECT_EQ(count.due, 2);
  EXPECT_EQ(count.releases, 1);
  EXPECT_THAT(ids(listed()), ElementsAre("1"));
}

TEST_F(EarlyReleasesTest, WhoStayedIsCountedOfEverybodyOfTheDayBefore) {
  before(
      "('1', '2024-05-20', '2024-06-19'), ('2', '2024-05-20', '2024-05-27'), ('3', '2024-05-01', "
      "'2024-05-27')");
  now("('2', '2024-05-28', '2024-06-27'), ('4', '2024-05-28', '2024-06-27')");
  const auto count = counted();
  EXPECT_EQ(count.before, 3);
  EXPECT_EQ(count.stayed, 1);  // 2, whose period was over and who was contacted again
}

TEST_F(EarlyReleasesTest, OfTheSameDeliveriesNobodyIsReleasedAndWhoEntersIsCountedAllTheSame) {
  check_.made = ReleaseCheck::Made::from_the_same;
  before("('1', '2024-05-20', '2024-06-19'), ('2', '2024-05-20', '2024-05-27')");
  now("('1', '2024-05-20', '2024-06-19')");
  EXPECT_EQ(counted().before, 2);
  EXPECT_EQ(counted().stayed, 1);
  now("('5', '2024-05-28', '2024-06-19')");
  EXPECT_EQ(counted().stayed, 1);
  EXPECT_EQ(counted().releases, 0);
}

TEST_F(EarlyReleasesTest, WithNobodyBeforeThereIsNobodyToRelease) {
  now("('1', '2024-05-20', '2024-06-19')");
  const auto count = counted();
  EXPECT_EQ(count.due, 0);
  EXPECT_EQ(count.releases, 0);
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(EarlyReleasesTest, AreListedByIdWithTheirDaysOfTheDayBefore) {
  before("('20', '2024-05-20', '2024-06-19'), ('1', '2024-05-21', NULL)");
  const auto all = listed();
  ASSERT_THAT(ids(all), ElementsAre("1", "20"));
  EXPECT_EQ(all[0].data_envio, Date::parse_iso("2024-05-21"));
  EXPECT_FALSE(all[0].saida_prevista);
  EXPECT_EQ(all[1].saida_prevista, Date::parse_iso("2024-06-19"));
  EXPECT_FALSE(all[1].input);
}

TEST_F(EarlyReleasesTest, OfSeveralDeliveredRowsTheOneThatSaysMostIsTold) {
  before("('1', '2024-05-20', '2024-06-19'), ('2', '2024-05-20', '2024-06-19')");
  const auto all = listed(
      "SELECT * FROM (VALUES ('1', 1::BIGINT, 'rejected', NULL::DATE), ('1', 0, 'filtered', "
      "DATE '2024-05-27'), ('1', 0, 'expired', DATE '2024-01-02'), ('1', 0, 'expired', DATE "
      "'2024-01-03')) t(id_cliente, source, status, data_envio)");
  ASSERT_THAT(ids(all), ElementsAre("1", "2"));
  EXPECT_EQ(all[0].status, "expired");
  EXPECT_EQ(all[0].sent_now, Date::parse_iso("2024-01-03"));
  EXPECT_EQ(all[0].input, std::size_t{0});
  EXPECT_EQ(all[1].status, "");
}

}  // namespace
}  // namespace quarentena::duck
