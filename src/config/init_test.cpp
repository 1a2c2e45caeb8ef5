#include "config/init.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "config/load.h"

namespace quarentena {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

const Date kToday = *Date::parse_iso("2024-05-28");

class StartingPoint : public testing::Test {
 protected:
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_ = fs::path(testing::TempDir()) / fmt::format("quarentena_init_{}", ::getpid());
};

TEST_F(StartingPoint, LoadsAndItsLocationExists) {
  const auto files = write_starting_point(folder_ / "novo", kToday);
  ASSERT_TRUE(files) << files.error().what;
  EXPECT_THAT(*files,
              ElementsAre(folder_ / "novo/quarentena.yml", folder_ / "novo/entrada/marketing.csv"));
  const auto plan = read_plan(files->front());
  ASSERT_TRUE(plan) << format_problems(plan.error());
  ASSERT_EQ(plan->sources.size(), 1U);
  EXPECT_TRUE(fs::exists(plan->sources[0].location));
}

TEST_F(StartingPoint, OverwritesNothing) {
  ASSERT_TRUE(write_starting_point(folder_, kToday));
  std::ofstream(folder_ / "quarentena.yml") << "mine";
  const auto again = write_starting_point(folder_, kToday);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::config);
  EXPECT_THAT(again.error().what, HasSubstr("is there already"));
  std::ifstream in(folder_ / "quarentena.yml");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "mine");
}

TEST_F(StartingPoint, AFolderThatCannotBeMadeIsAnError) {
  fs::create_directories(folder_);
  std::ofstream(folder_ / "file") << "x";
  const auto files = write_starting_point(folder_ / "file", kToday);
  ASSERT_FALSE(files);
  EXPECT_THAT(files.error().what, HasSubstr("cannot create"));
}

TEST(StartingContacts, CountBackFromToday) {
  const std::string csv = starting_contacts(kToday);
  EXPECT_THAT(csv,
              HasSubstr("00123;ana@example.com;+55 11 90000-0001;Oferta de cartão;2024-05-28\n"));
  EXPECT_THAT(csv, HasSubstr("01011;davi@example.com;;Já pode receber de novo;2024-05-20\n"));
}

/// The commented sources, as somebody who removes every '# ' would have them.
std::string uncommented(const std::string& config) {
  const std::size_t start = config.find("  #\n  # crm:");
  std::string out = config.substr(0, start);
  for (std::size_t at = start; at < config.size();) {
    const std::size_t end = config.find('\n', at);
    std::string line = config.substr(at, end - at);
    if (line.starts_with("  # ")) line.erase(2, 2);
    out += line + "\n";
    at = end + 1;
  }
  return out;
}

TEST(StartingConfig, ItsCommentedSourcesAreGoodToo) {
  const auto plan = read_plan(uncommented(starting_config()), "quarentena.yml");
  ASSERT_TRUE(plan) << format_problems(plan.error());
  EXPECT_EQ(plan->sources.size(), 5U);
}

}  // namespace
}  // namespace quarentena
