#include "run/early_releases.h"

#include <algorithm>

#include "run/runs_for_tests.h"

namespace quarentena {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// Twenty clients of CRM on the first day, of whom the second day's delivery names `kept`. The
/// source itself may shrink as it likes: the brake is what is asked.
class HeldReleasesTest : public RunTest {
 protected:
  HeldReleasesTest() {
    source("crm", "CRM", lines(20));
    plan_.sources[0].acceptance.shrink.reset();
    published();
    options_.data_carga = Date(kDay.days() + 1);
  }
  static std::string lines(int clients) {
    std::string out;
    for (int i = 10; i < 10 + clients; ++i) out += fmt::format("{},a@x,11,s,2024-05-27\n", i);
    return out;
  }
  RunReport with(int kept) {
    deliver("crm", lines(kept));
    return run();
  }
  static std::vector<std::string> lines_of(const std::string& file) {
    std::vector<std::string> out;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }
};

TEST_F(HeldReleasesTest, AsManyAsTheCountAllowsLeaveAndOneMoreIsHeld) {
  EXPECT_EQ(with(10).status, RunStatus::published);
  options_.data_carga = Date(kDay.days() + 1);
  const auto report = with(9);
  EXPECT_EQ(report.status, RunStatus::held);
  ASSERT_EQ(report.held.size(), 1u);
  EXPECT_EQ(report.held[0].releases, 11);
  EXPECT_EQ(report.held[0].in_quarantine, 20);
  EXPECT_EQ(report.held[0].allowed, 10);
}

TEST_F(HeldReleasesTest, TheListNamesEachWithTheSourceAndWhyAndIsItsOwnersAlone) {
  const auto report = with(9);
  const auto list = lines_of(report.releases);
  ASSERT_EQ(list.size(), 12u);
  EXPECT_EQ(list[0], "canal,id_cliente,data_envio,saida_prevista,sources,reason");
  EXPECT_EQ(list[1], "CRM,19,2024-05-27,2024-06-03,crm,absent from crm's delivery of 2024-05-29");
  EXPECT_EQ(fs::status(report.releases).permissions() & fs::perms::mask, fs::perms(0600));
  EXPECT_EQ(report.held[0].some.size(), 5u);
}

TEST_F(HeldReleasesTest, WhoIsFilteredNowIsToldBy) {
  plan_.sources[0].where = "id_cliente < '19'";
  const auto report = with(20);
  EXPECT_THAT(lines_of(report.releases), Contains(HasSubstr("filtered: id_cliente < '19'")));
}

TEST_F(HeldReleasesTest, APeriodThatIsOverReleasesNobodyEarly) {
  options_.data_carga = Date(kDay.days() + 7);
  EXPECT_EQ(with(1).status, RunStatus::published);
  EXPECT_THAT(rows("id_cliente, data_carga"), testing::Not(Contains(HasSubstr("2024-06-04"))));
}

TEST_F(HeldReleasesTest, ACanalThatIsNotConfiguredAnyMoreWouldReleaseAllOfIt) {
  source("ofertas", "Ofertas", "1,a@x,11,s,2024-05-27\n");
  forget("crm");
  const auto report = run();
  EXPECT_EQ(report.status, RunStatus::held);
  ASSERT_EQ(report.held.size(), 1u);
  EXPECT_EQ(report.held[0].canal, "CRM");
  EXPECT_THAT(lines_of(report.releases), Contains(HasSubstr("canal CRM is no longer configured")));
}

TEST_F(HeldReleasesTest, WithoutADayBeforeNobodyCanLeave) {
  options_.data_carga = Date(kDay.days() - 1);
  EXPECT_EQ(with(1).status, RunStatus::published);
}

}  // namespace
}  // namespace quarentena
