#include "analytics/header.h"

#include <gmock/gmock.h>

#include "analytics/placeholders.h"

namespace quarentena::analytics {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<Analysis> parsed(const std::string& text) { return parse_analysis("x", "x.sql", text); }
std::string error_of(const std::string& text) {
  const auto analysis = parsed(text);
  return analysis ? "none" : analysis.error().what + " | " + analysis.error().hint;
}

TEST(Header, SaysWhatTheAnalysisIs) {
  const auto analysis = parsed(
      "-- title: Título\n-- title.en: Title\n-- description: Uma linha\n--   e outra: a segunda\n"
      "-- param: de date latest-29 | Primeiro dia | First day\n-- param: canal text \"\"\n"
      "-- chart: stacked x=dia y=n series=canal\n\n-- a comment\nSELECT :de, :canal AS dia");
  ASSERT_TRUE(analysis) << analysis.error().what;
  EXPECT_EQ(analysis->title.in(Language::en), "Title");
  EXPECT_EQ(analysis->description.pt, "Uma linha e outra: a segunda");
  EXPECT_EQ(analysis->description.in(Language::en), analysis->description.pt);
  ASSERT_EQ(analysis->parameters.size(), 2u);
  EXPECT_EQ(analysis->parameters[0].type, ParameterType::date);
  EXPECT_EQ(analysis->parameters[0].label.en, "First day");
  EXPECT_EQ(analysis->parameters[1].by_default, "");
  EXPECT_EQ(analysis->chart.kind, Chart::Kind::stacked);
  EXPECT_EQ(analysis->chart.series, "canal");
}

TEST(Header, TellsTheLineOfWhatIsWrong) {
  const std::string title = "-- title: T\n";
  EXPECT_THAT(error_of("-- titel: T\n\nSELECT 1"),
              HasSubstr("x.sql:1: 'titel' is no key of a header | did you mean 'title'?"));
  EXPECT_THAT(error_of("SELECT 1"), HasSubstr("x.sql:1: there is no title"));
  EXPECT_THAT(error_of(title + title + "\nSELECT 1"), HasSubstr("x.sql:2: 'title' is there twice"));
  EXPECT_THAT(error_of(title + "-- no colon\n"), HasSubstr("x.sql:2: '-- no colon' is no line"));
  EXPECT_THAT(error_of(title + "-- param: n number 1\n"), HasSubstr("x.sql:2: 'n number 1'"));
  EXPECT_THAT(error_of(title + "-- param: n integer um\n"),
              HasSubstr("x.sql:2: 'um' is no integer for parameter 'n'"));
  EXPECT_THAT(error_of(title + "-- param: n integer 1\n\nSELECT 1"),
              HasSubstr("x.sql:2: the query does not use :n"));
  EXPECT_THAT(error_of(title + "\nSELECT 1\n  + :n"),
              HasSubstr("x.sql:4: :n is no parameter of this file"));
  EXPECT_THAT(error_of(title + "-- chart: pie x=a y=b\n"), HasSubstr("x.sql:2: 'pie' is no chart"));
  EXPECT_THAT(error_of(title + "-- chart: bar x=a\n"), HasSubstr("x.sql:2: a chart needs x and y"));
  EXPECT_THAT(error_of(title + "-- chart: heat x=a y=b\n"), HasSubstr("needs series"));
}

TEST(Placeholders, AreNotInTextsNamesCommentsAndCasts) {
  std::vector<std::string> names;
  for (const auto& place : placeholders("SELECT :a, ':b', \":c\", `:d`, x::date, 'it''s :e' -- :f\n"
                                        "/* :g */ FROM t WHERE :h_1=1 AND ':"))
    names.push_back(place.name);
  EXPECT_THAT(names, ElementsAre("a", "h_1"));
}

}  // namespace
}  // namespace quarentena::analytics
