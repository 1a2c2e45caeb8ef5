#include <set>

#include "engine/duckdb/loads_for_tests.h"
#include "rules/dialect.h"

/// The dialect's words for dates and numbers, asked of a real DuckDB.
namespace quarentena::duck {
namespace {

class DialectOnDuckDb : public testing::Test {
 protected:
  DialectOnDuckDb() {
    EXPECT_TRUE(register_text_functions(desk_.connection()));
    desk_.run("SET TimeZone = 'Asia/Tokyo'");  // nobody's zone: it must not matter
  }
  std::string value_of(const std::string& expression) {
    const auto lines = desk_.lines("SELECT " + expression);
    return lines.empty() ? "no answer" : lines[0];
  }
  /// Over a column, as the rules use it: constants are folded by other code.
  std::string over(const std::string& value, const std::string& expression) {
    const auto lines =
        desk_.lines(fmt::format("SELECT {} FROM (SELECT {} AS x)", expression, value));
    return lines.empty() ? "no answer" : lines[0];
  }
  std::string iso(const std::string& text, const char* zone = "America/Sao_Paulo") {
    const auto& sql = duckdb_dialect();
    return over(literal(text), sql.iso_day(sql.trimmed("x"), zone));
  }
  std::string in_formats(const std::string& text, const std::vector<std::string>& formats) {
    return over(literal(text), duckdb_dialect().day_in_formats("x", formats, "America/Sao_Paulo"));
  }
  Desk desk_;
};

TEST_F(DialectOnDuckDb, AnIsoDateIsExactlyThat) {
  EXPECT_EQ(iso("2024-05-28"), "2024-05-28");
  EXPECT_EQ(iso("  2024-05-28\t"), "2024-05-28");
  EXPECT_EQ(iso("2024-02-29"), "2024-02-29");
  EXPECT_EQ(iso("0001-01-01"), "0001-01-01");
  EXPECT_EQ(iso("9999-12-31"), "9999-12-31");
}

TEST_F(DialectOnDuckDb, NothingElseIsGuessedToBeADate) {
  for (const char* text : {"",
                           "2024-5-8",
                           "2024-05-8",
                           "epoch",
                           "infinity",
                           "-infinity",
                           "today",
                           "now",
                           "-024-05-28",
                           "+024-05-28",
                           "2024-02-30",
                           "2023-02-29",
                           "2024-13-01",
                           "2024-00-10",
                           "2024-01-00",
                           "20240528",
                           "2024/05/28",
                           "28/05/2024",
                           "28-05-2024",
                           "0000-01-01",
                           "12024-05-28",
                           "2024-05-28 (BC)",
                           "２０２４-０５-２８",
                           "2024−05−28",
                           "2024-05-28x",
                           "2024-05-28T",
                           "2024-05-28 ",
                           "45440",
                           "2024-W22-2",
                           "2024-149",
                           "0000-01-01T10:00",
                           "0000-01-01T10:00Z"}) {
    const bool padded = std::string(text) == "2024-05-28 ";  // trimmed first
    EXPECT_EQ(iso(text), padded ? "2024-05-28" : "NULL") << text;
  }
}

TEST_F(DialectOnDuckDb, ATimeIsReadWithItsDateOrTheWholeIsRefused) {
  for (const char* text :
       {"2024-05-28T10:30", "2024-05-28 10:30", "2024-05-28T10:30:59", "2024-05-28 23:59:59.999",
        "2024-05-28T00:00:00.000000000", "2024-05-28T10:30:00.1"})
    EXPECT_EQ(iso(text), "2024-05-28") << text;
  for (const char* text :
       {"2024-05-28T24:00", "2024-05-28T10:60", "2024-05-28T10:30:60", "2024-05-28T10",
        "2024-05-28  10:30", "2024-05-28t10:30", "2024-05-28T10:30:", "2024-05-28T10:30:00.",
        "2024-05-28T1:30", "2024-02-30T10:30", "2024-05-28T10:30 PM", "2024-02-30T10:30:00Z"})
    EXPECT_EQ(iso(text), "NULL") << text;
}

TEST_F(DialectOnDuckDb, WithAZoneTheDayIsTheOneInTheConfiguredZone) {
  EXPECT_EQ(iso("2024-05-28T02:59:59Z"), "2024-05-27");  // 23:59:59 in São Paulo
  EXPECT_EQ(iso("2024-05-28T03:00:00Z"), "2024-05-28");
  EXPECT_EQ(iso("2024-05-28T02:59Z"), "2024-05-27");
  EXPECT_EQ(iso("2024-05-28T02:59:59.999Z"), "2024-05-27");
  EXPECT_EQ(iso("2024-05-28 00:00:00-03:00"), "2024-05-28");
  EXPECT_EQ(iso("2024-05-28T00:00:00-0300"), "2024-05-28");
  EXPECT_EQ(iso("2024-05-28T00:00:00-03"), "2024-05-28");
  EXPECT_EQ(iso("2024-05-28T00:00-03"), "2024-05-28");
  EXPECT_EQ(iso("2024-05-28T05:59:59+03:00"), "2024-05-27");
  EXPECT_EQ(iso("2024-05-28T06:00:00 +03:00"), "2024-05-28");
  EXPECT_EQ(iso("2024-05-28T05:59:59+0300"), "2024-05-27");
  EXPECT_EQ(iso("2024-05-28T23:30:00+05:30", "Asia/Kolkata"), "2024-05-28");
  EXPECT_EQ(iso("2024-05-27T18:30:00Z", "Asia/Kolkata"), "2024-05-28");
}

TEST_F(DialectOnDuckDb, DaylightSavingOfTheYearCounts) {
  EXPECT_EQ(iso("2018-12-01T02:00:00Z"), "2018-12-01");  // UTC-2 then
  EXPECT_EQ(iso("2018-12-01T01:59:59Z"), "2018-11-30");
}

TEST_F(DialectOnDuckDb, AZoneThatIsNoneIsRefused) {
  for (const char* text : {"2024-05-28T10:30:00+99:00", "2024-05-28T10:30:00 BRT",
                           "2024-05-28T10:30:00+3", "2024-05-28T10:30:00z", "2024-05-28Z"})
    EXPECT_EQ(iso(text), "NULL") << text;
}

TEST_F(DialectOnDuckDb, NamedFormatsAreTriedInOrder) {
  EXPECT_EQ(in_formats("28/05/2024", {"%d/%m/%Y"}), "2024-05-28");
  EXPECT_EQ(in_formats("05/06/2024", {"%d/%m/%Y", "%m/%d/%Y"}), "2024-06-05");
  EXPECT_EQ(in_formats("05/28/2024", {"%d/%m/%Y", "%m/%d/%Y"}), "2024-05-28");
  EXPECT_EQ(in_formats("28/05/24", {"%d/%m/%y"}), "2024-05-28");
  EXPECT_EQ(in_formats("28/05/2024 23:59", {"%d/%m/%Y %H:%M"}), "2024-05-28");
  EXPECT_EQ(in_formats("20240528", {"%Y%m%d"}), "2024-05-28");
}

TEST_F(DialectOnDuckDb, ATextThatOnlyPartlyFitsAFormatIsNoDate) {
  for (const char* text :
       {"28/05/2024 10:00", "31/02/2024", "28/05", "", "28-05-2024", "28/13/2024", "28/05/2024x"})
    EXPECT_EQ(in_formats(text, {"%d/%m/%Y"}), "NULL") << text;
  EXPECT_EQ(in_formats("2024-05-28", {"%d/%m/%Y"}), "NULL");
}

// A short year would put the contact in the first century: expired, and so released.
TEST_F(DialectOnDuckDb, AFourDigitYearHasFourDigits) {
  EXPECT_EQ(in_formats("28/05/24", {"%d/%m/%Y"}), "NULL");
}

TEST_F(DialectOnDuckDb, AFormatWithAZoneTakesTheDayInTheConfiguredOne) {
  EXPECT_EQ(in_formats("2024-05-28 02:59:59 +0000", {"%Y-%m-%d %H:%M:%S %z"}), "2024-05-27");
  EXPECT_EQ(in_formats("2024-05-28 03:00:00 +0000", {"%Y-%m-%d %H:%M:%S %z"}), "2024-05-28");
  EXPECT_EQ(in_formats("28/05/2024", {"%Y-%m-%d %H:%M:%S %z", "%d/%m/%Y"}), "2024-05-28");
}

TEST_F(DialectOnDuckDb, DaysOfTypedValues) {
  const auto of = [&](const std::string& value, ColumnType type) {
    return over(value, duckdb_dialect().day_of("x", type, "America/Sao_Paulo"));
  };
  EXPECT_EQ(of("DATE '2024-05-28'", ColumnType::date), "2024-05-28");
  EXPECT_EQ(of("TIMESTAMP '2024-05-28 01:00:00'", ColumnType::local_time), "2024-05-28");
  EXPECT_EQ(of("TIMESTAMPTZ '2024-05-28 01:00:00+00'", ColumnType::instant), "2024-05-27");
  EXPECT_EQ(of("TIMESTAMP '2024-05-28 01:00:00'", ColumnType::utc_time), "2024-05-27");
}

TEST_F(DialectOnDuckDb, NumbersAreTheTextAPersonWouldWrite) {
  const auto of = [&](const std::string& value, ColumnType type) {
    return over(value, duckdb_dialect().as_text("x", type));
  };
  EXPECT_EQ(of("12345678901::BIGINT", ColumnType::integer), "12345678901");
  EXPECT_EQ(of("12345.0::DOUBLE", ColumnType::real), "12345");
  EXPECT_EQ(of("123456789012345.0::DOUBLE", ColumnType::real), "123456789012345");
  EXPECT_EQ(of("1.5::DOUBLE", ColumnType::real), "1.5");
  EXPECT_EQ(of("-7.0::FLOAT", ColumnType::real), "-7");
  EXPECT_EQ(of("NULL::DOUBLE", ColumnType::real), "NULL");
  EXPECT_EQ(of("'nan'::DOUBLE", ColumnType::real), "nan");
  EXPECT_EQ(of("'007'", ColumnType::text), "007");
}

TEST_F(DialectOnDuckDb, PaddingLeavesWhatIsNotDigitsAlone) {
  const auto of = [&](const char* text) {
    return over(literal(text), duckdb_dialect().padded("x", 5));
  };
  EXPECT_EQ(of("12"), "00012");
  EXPECT_EQ(of("123456"), "123456");
  EXPECT_EQ(of("1a"), "1a");
  EXPECT_EQ(of("-12"), "-12");
  EXPECT_EQ(of("１２"), "１２");
}

TEST_F(DialectOnDuckDb, TrimmingTakesTheFourBlanksAndNoMore) {
  const auto of = [&](const char* text) {
    return over(literal(text), duckdb_dialect().trimmed("x"));
  };
  EXPECT_EQ(of(" \t\r\n a b \n"), "a b");
  EXPECT_EQ(of(" \t "), "NULL");
  EXPECT_EQ(of(""), "NULL");
  EXPECT_EQ(of("a longer text than twelve bytes "), "a longer text than twelve bytes");
  EXPECT_EQ(over("NULL::VARCHAR", duckdb_dialect().trimmed("x")), "NULL");
}

}  // namespace
}  // namespace quarentena::duck
