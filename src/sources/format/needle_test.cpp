#include "sources/format/needle.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>

namespace quarentena {
namespace {

TEST(Needle, IsFoundAtEveryPlaceAndNowhereElse) {
  for (const std::string part : {"7", "42", "12345", "Ação"})
    for (std::size_t size = 0; size < 70; ++size) {
      EXPECT_EQ(Needle(part).in(std::string(size, 'x')), false);
      for (std::size_t at = 0; at <= size; ++at) {
        auto text = std::string(size, 'x');
        EXPECT_TRUE(Needle(part).in(text.insert(at, part))) << part << " at " << at;
      }
    }
}

TEST(Needle, IsFoundAsTheStandardLibraryFindsIt) {
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 80, ' '), part(2 + random() % 4, ' ');
    for (auto& c : text) c = static_cast<char>('a' + random() % 3);
    for (auto& c : part) c = static_cast<char>('a' + random() % 3);
    EXPECT_EQ(Needle(part).in(text), text.find(part) != std::string::npos) << part << " " << text;
  }
}

TEST(Needle, LinesThatCannotHoldItAreCounted) {
  const auto left = Needle("99").csv("1,a\n2,b\n3,", {});
  EXPECT_EQ(left.bytes, 8u);
  EXPECT_EQ(left.lines, 2);
  EXPECT_EQ(Needle("2").csv("1,a\n2,b\n3,", {}).bytes, 0u);
}

TEST(Needle, QuotedFieldsAreLeftOutWithTheirRecords) {
  const auto left = [](const std::string& text) { return Needle("99").csv(text, {}).bytes; };
  EXPECT_EQ(left("1,\"a\n2\",b\n3,"), 10u);  // a field of two lines
  EXPECT_EQ(left("1,\"a\n2\""), 0u);         // whose record goes on
  EXPECT_EQ(left("1,a\n2,\"b\n3"), 4u);
  EXPECT_EQ(left("1,\"a \"\"b\"\",\n c\"\r\n2,"), 17u);
  EXPECT_EQ(left("1,\"\"\n2,\"\"\"\"\n3"), 12u);
  // Quotes that are not in their places.
  EXPECT_EQ(left("1,\"a\"\r2\n3,b\n"), 0u);
  EXPECT_EQ(left("1,5\" tv\n2,b\n"), 0u);
  EXPECT_EQ(left("1,\"a\" b\n2,b\n"), 0u);
}

TEST(Needle, JsonThatMayHideItIsRead) {
  EXPECT_EQ(Needle("99").json_lines("{\"a\":1}\n{\"a\":2}\n").lines, 2);
  EXPECT_EQ(Needle("99").json_lines("{\"a\":\"\\u0039\\u0039\"}\n").bytes, 0u);
  EXPECT_EQ(Needle("99").json_lines("{\"a\":\n1}\n").bytes, 0u);
}

TEST(Needle, SheetRowsThatMayHideItAreRead) {
  const auto rows = [](const std::string& cell) {
    return "<row r=\"1\"><c>" + cell + "</c></row><row r=\"2\">";
  };
  const auto left = [&](const std::string& cell, const std::vector<std::size_t>& shared = {}) {
    return Needle("1234").sheet_rows(rows(cell), shared).bytes;
  };
  EXPECT_EQ(left("<v>5</v>"), rows("<v>5</v>").size() - 11);
  for (const auto* cell :
       {"<v>1234</v>", "<v>1.234E3</v>", "<v>1233.9999999999999</v>",
        "<is><r><t>12</t></r><r><t>34</t></r></is>", "<is><t>1&#50;34</t></is>",
        "<is><t>_x0031_234</t></is>", "<v>12<!-- -->34</v>", "<v><![CDATA[1234]]></v>"})
    EXPECT_EQ(left(cell), 0u) << cell;
  EXPECT_EQ(left("<v>17</v>", {17}), 0u);
  EXPECT_NE(left("<v>117</v>", {17}), 0u);
}

TEST(Needle, OnlyANumberThatIsReadAsAWholeOneHidesItInItsNines) {
  const auto left = [](const std::string& id, const std::string& number) {
    const auto row = "<row r=\"7\"><c r=\"A7\"><v>" + number + "</v></c></row>";
    return Needle(id).sheet_rows(row + "<row r=\"8\">", {}).bytes;
  };
  // The greatest double below each is half a step or more away; what is nearer is that number.
  EXPECT_EQ(left("45427", "45426.99999999999999"), 0u);
  EXPECT_EQ(left("9999999999", "9999999998.9999999"), 0u);
  EXPECT_EQ(left("11144477735", "11144477734.999997"), 0u);
  EXPECT_EQ(left("999999999999999", "999999999999998.95"), 0u);
  EXPECT_NE(left("11144477735", "45426.9993055555555556"), 0u);
}

TEST(Needle, EveryDoubleThatIsTheWholeNumberIsWrittenWithThoseNines) {
  for (int digits = 1; digits <= 15; ++digits) {
    for (const std::string& id : {std::string(digits, '9'), "1" + std::string(digits - 1, '0')}) {
      const auto whole = std::stod(id);
      // The decimal just inside the half step below it, with more digits than any program writes.
      const auto step = whole - std::nextafter(whole, 0.0);
      const auto text = fmt::format(
          "{:.25f}", static_cast<long double>(whole) - static_cast<long double>(step) * 0.49L);
      ASSERT_EQ(std::stod(text), whole) << text;
      const auto row = "<row r=\"7\"><c r=\"A7\"><v>" + text + "</v></c></row>";
      EXPECT_EQ(Needle(id).sheet_rows(row + "<row r=\"8\">", {}).bytes, 0u) << text;
    }
  }
}

}  // namespace
}  // namespace quarentena
