#include "config/load.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace quarentena {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const fs::path kTestData = fs::path(QUARENTENA_SOURCE_DIR) / "src/config/testdata";

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> yaml_files(const char* folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kTestData / folder)) {
    if (entry.path().extension() == ".yml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string stem(const testing::TestParamInfo<fs::path>& info) {
  return info.param.stem().string();
}

/// The problems of a text, as `quarentena config check` prints them.
std::string problems_of(const std::string& text) {
  const auto plan = read_plan(text, "quarentena.yml");
  return plan ? "" : format_problems(plan.error());
}

class GoodFile : public testing::TestWithParam<fs::path> {};
INSTANTIATE_TEST_SUITE_P(Config, GoodFile, testing::ValuesIn(yaml_files("good")), stem);

TEST_P(GoodFile, IsRead) {
  const auto plan = read_plan(GetParam());
  EXPECT_TRUE(plan) << format_problems(plan.error());
}

class BadFile : public testing::TestWithParam<fs::path> {};
INSTANTIATE_TEST_SUITE_P(Config, BadFile, testing::ValuesIn(yaml_files("bad")), stem);

// QUARENTENA_UPDATE_GOLDEN=1 writes the expected files; review them with git diff.
TEST_P(BadFile, HasTheExpectedProblems) {
  const auto plan = read_plan(read(GetParam()), GetParam().filename());
  ASSERT_FALSE(plan);
  const std::string problems = format_problems(plan.error()) + "\n";
  fs::path expected = GetParam();
  expected.replace_extension(".expected");
  if (std::getenv("QUARENTENA_UPDATE_GOLDEN") != nullptr) std::ofstream(expected) << problems;
  EXPECT_EQ(read(expected), problems);
}

TEST(LoadPlan, AFileThatIsNotThereHintsAtInit) {
  const auto plan = load_plan("no/such/quarentena.yml");
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind, ErrorKind::missing);
  EXPECT_EQ(plan.error().what, "no/such/quarentena.yml: there is no such file");
  EXPECT_THAT(plan.error().hint, HasSubstr("quarentena init"));
}

TEST(LoadPlan, AnEmptyFileIsNotAConfiguration) {
  EXPECT_THAT(problems_of(""), HasSubstr("this is not a configuration: it is empty"));
  EXPECT_THAT(problems_of("# only a comment\n"), HasSubstr("it is empty"));
}

}  // namespace
}  // namespace quarentena
