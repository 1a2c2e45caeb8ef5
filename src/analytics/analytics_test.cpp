#include "analytics/analytics.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "analytics/chart.h"
#include "analytics/files.h"
#include "analytics/svg.h"

namespace quarentena::analytics {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// An engine that gives back what it was asked.
class Echo final : public TableQuery {
 public:
  Result<std::unique_ptr<TableAnswer>> ask(const std::string& sql) override {
    asked = sql;
    struct One final : TableAnswer {
      std::vector<AnswerColumn> names;
      std::size_t left = 1;
      const std::vector<AnswerColumn>& columns() const override { return names; }
      Result<bool> next(AnswerRow& row) override {
        row = {"2024-05-28", "CRM", "7"};
        return left-- > 0;
      }
    };
    auto answer = std::make_unique<One>();
    answer->names = {{"dia", AnswerType::date}, {"canal"}, {"n", AnswerType::whole}};
    answer->left = rows;
    return answer;
  }
  Result<std::unique_ptr<TableAnswer>> ask_as_json(const std::string& sql) override {
    return ask(sql);
  }
  std::int64_t version() const override { return 3; }
  std::optional<Date> latest() const override { return Date::parse_iso("2024-05-28"); }
  void interrupt() override {}
  std::string asked;
  std::size_t rows = 1;
};

Analysis one() {
  Analysis analysis;
  analysis.name = "one";
  analysis.title = {"Um <título>", ""};
  analysis.sql = "SELECT :dia";
  analysis.parameters = {{"dia", ParameterType::date, "latest", {}}};
  analysis.chart = {Chart::Kind::bar, "dia", "n", "canal"};
  return analysis;
}

class AnalyticsTest : public testing::Test {
 protected:
  AnalyticsTest() {
    folder_ = fs::temp_directory_path() / ("quarentena-analytics-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  ~AnalyticsTest() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  Result<Outcome> run(const Analysis& analysis, const Values& given = {}) {
    return run_analysis(analysis, given, query_, *Date::parse_iso("2024-06-01"));
  }
  fs::path folder_;
  Echo query_;
};

TEST_F(AnalyticsTest, OursComeWithTheProgramAndAFolderAddsAndReplaces) {
  const auto ours = list_analyses({}).value();
  EXPECT_EQ(ours.size(), 9u);
  for (const auto& analysis : ours) {
    EXPECT_FALSE(analysis.title.en.empty() || analysis.description.en.empty()) << analysis.name;
    EXPECT_NE(analysis.chart.kind, Chart::Kind::none) << analysis.name;
  }
  write("assuntos.sql", "-- title: Os meus\n\nSELECT 1");
  write("novo.sql", "-- title: Novo\n\nSELECT 1");
  write("README.md", "no SQL");
  const auto all = list_analyses(folder_).value();
  EXPECT_EQ(all.size(), 10u);
  EXPECT_EQ(find_analysis(all, "assuntos")->title.pt, "Os meus");
  EXPECT_EQ(find_analysis(all, "novo")->file, folder_ / "novo.sql");
}

TEST_F(AnalyticsTest, WhatIsWrongWithTheFolderIsTold) {
  write("mau.sql", "-- title: Mau\n-- grafico: x\n\nSELECT 1");
  EXPECT_THAT(list_analyses(folder_).error().what, HasSubstr("mau.sql:2: 'grafico' is no key"));
  fs::remove(folder_ / "mau.sql");
  write("não.sql", "-- title: T\n\nSELECT 1");
  EXPECT_THAT(list_analyses(folder_).error().what, HasSubstr("is no name of an analysis"));
  EXPECT_EQ(list_analyses(folder_ / "absent").error().kind, ErrorKind::missing);
  EXPECT_THAT(find_analysis(list_analyses({}).value(), "asuntos").error().hint,
              HasSubstr("did you mean 'assuntos'?"));
}

TEST_F(AnalyticsTest, ParametersAreBoundAndTold) {
  const auto outcome = run(one());
  ASSERT_TRUE(outcome) << outcome.error().what;
  EXPECT_EQ(query_.asked, "SELECT DATE '2024-05-28'");
  EXPECT_EQ(outcome->values.at("dia"), "2024-05-28");
  EXPECT_THAT(to_json(one(), *outcome),
              HasSubstr(R"("version":3,"values":{"dia":"2024-05-28"},"columns":[)"
                        R"({"name":"dia","type":"date"},{"name":"canal","type":"text"},)"
                        R"({"name":"n","type":"whole"}],)"
                        R"("rows":[{"dia":"2024-05-28","canal":"CRM","n":7}])"));
  EXPECT_EQ(run(one(), {{"dias", "1"}}).error().hint, "did you mean 'dia'?");
  EXPECT_EQ(run(one(), {{"dia", "x"}}).error().kind, ErrorKind::config);
}

TEST_F(AnalyticsTest, AChartOfWhatIsNotThereAndALargeAnswerAreRefused) {
  auto analysis = one();
  analysis.chart.y = "m";
  EXPECT_THAT(run(analysis).error().what, HasSubstr("needs a column 'm'"));
  analysis.chart.y = "canal";
  EXPECT_THAT(run(analysis).error().what, HasSubstr("which is no number"));
  query_.rows = kMostRows + 1;
  EXPECT_THAT(run(one()).error().what, HasSubstr("more than 100000 rows"));
}

TEST(ChartData, PivotsAndAddsUpAndSortsNumbers) {
  const Table table{
      {{"x", AnswerType::whole}, {"s"}, {"n", AnswerType::real}},
      {{"10", "b", "1.5"}, {"9", "a", "2"}, {"10", "b", "1"}, {"9", "b", std::nullopt}}};
  const auto data = chart_data({Chart::Kind::line, "x", "n", "s"}, table);
  EXPECT_THAT(data.xs, ElementsAre("9", "10"));
  ASSERT_EQ(data.series.size(), 2u);
  EXPECT_EQ(data.series[1].name, "b");
  EXPECT_THAT(data.series[1].values, ElementsAre(std::nullopt, 2.5));
  EXPECT_EQ(data.highest, 2.5);
}

TEST(Svg, EscapesItsTextsAndSaysWhatItShows) {
  auto analysis = one();
  const Outcome outcome{{},
                        1,
                        {{{"dia", AnswerType::date}, {"canal"}, {"n", AnswerType::whole}},
                         {{"2024-05-28", "</text><script>", "1234"}}}};
  for (const auto kind :
       {Chart::Kind::bar, Chart::Kind::line, Chart::Kind::stacked, Chart::Kind::heat}) {
    analysis.chart.kind = kind;
    const auto svg = svg_chart(analysis, outcome, Language::pt);
    EXPECT_THAT(svg, HasSubstr("<title id=\"analise-one-title\">Um &lt;título&gt;</title>"));
    EXPECT_THAT(svg, HasSubstr("1.234"));
    EXPECT_THAT(svg, HasSubstr("prefers-color-scheme:dark"));
    EXPECT_THAT(svg, Not(HasSubstr("<script")));
  }
  EXPECT_THAT(svg_chart(analysis, {}, Language::en), HasSubstr("no rows"));
}

TEST(NumberText, IsWrittenAsPeopleDo) {
  EXPECT_EQ(number_text(0, Language::pt), "0");
  EXPECT_EQ(number_text(999, Language::pt), "999");
  EXPECT_EQ(number_text(1234567.85, Language::en), "1,234,567.9");
  EXPECT_EQ(number_text(-1000.5, Language::pt), "-1.000,5");
  EXPECT_EQ(shortened("ação e reação", 5), "ação…");
  EXPECT_EQ(shortened("ação", 4), "ação");
}

TEST(Csv, NoCellOfTextIsAFormula) {
  const Table table{{{"assunto"}, {"n", AnswerType::whole}},
                    {{"=1+1", "-5"},
                     {"+a", "1"},
                     {"-a", "1"},
                     {"@a", "1"},
                     {"\ta", "1"},
                     {"\ra", "1"},
                     {"a=b", std::nullopt}}};
  EXPECT_EQ(csv_text(table),
            "assunto,n\n'=1+1,-5\n'+a,1\n'-a,1\n'@a,1\n'\ta,1\n\"'\ra\",1\na=b,\n");
}

}  // namespace
}  // namespace quarentena::analytics
