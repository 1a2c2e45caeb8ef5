#include "run/source_check.h"

#include "run/runs_for_tests.h"

namespace quarentena {
namespace {

using testing::ElementsAre;

class SourceCheckTest : public RunTest {
 protected:
  /// `reach passed`, ...
  static std::vector<std::string> steps(const SourceCheck& check) {
    static constexpr const char* kOutcomes[] = {"passed", "failed", "not reached"};
    std::vector<std::string> out;
    for (const auto& step : check.steps)
      out.push_back(fmt::format("{} {}", step.name, kOutcomes[static_cast<int>(step.outcome)]));
    return out;
  }
  SourceCheck fetch() { return fetch_source(plan_, plan_.sources[0], options_); }
  SourceCheck check() { return check_source(plan_, plan_.sources[0], options_); }
};

TEST_F(SourceCheckTest, AFetchShowsWhatItBrings) {
  source("crm", "CRM", "1,a@x,11,s,2024-05-28\n");
  EXPECT_THAT(steps(fetch()), ElementsAre("reach passed", "sign in passed", "find passed"));
  EXPECT_EQ(fetch().files.size(), 1u);
}

TEST_F(SourceCheckTest, AFetchThatCannotUseWhatItFoundFailsAtAStepThatIsShown) {
  source("crm", "CRM", "");
  write(inbox("crm"), "");
  const auto fetched = fetch();
  EXPECT_EQ(fetched.error->kind, ErrorKind::data);
  EXPECT_THAT(steps(fetched), ElementsAre("reach passed", "sign in passed", "find failed"));
  EXPECT_THAT(fetched.steps[2].detail, testing::HasSubstr("is empty"));
  EXPECT_THAT(steps(check()), ElementsAre("reach passed", "sign in passed", "find passed",
                                          "read failed", "columns not reached"));
}

TEST_F(SourceCheckTest, NothingThereFailsAtFind) {
  source("crm", "CRM", "");
  fs::remove(inbox("crm"));
  EXPECT_THAT(steps(fetch()), ElementsAre("reach passed", "sign in passed", "find failed"));
}

TEST_F(SourceCheckTest, AColumnThatIsNotThereFailsAtColumns) {
  source("crm", "CRM", "");
  write(inbox("crm"), "cliente\n1\n");
  EXPECT_THAT(steps(check()), ElementsAre("reach passed", "sign in passed", "find passed",
                                          "read passed", "columns failed"));
}

}  // namespace
}  // namespace quarentena
