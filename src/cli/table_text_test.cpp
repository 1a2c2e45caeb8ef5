#include "cli/table_text.h"

#include <gtest/gtest.h>

#include <clocale>

#include "cli/terminal.h"

namespace quarentena::cli {
namespace {

std::string printed(const TextTable& table) {
  testing::internal::CaptureStdout();
  table.print();
  std::fflush(stdout);
  return testing::internal::GetCapturedStdout();
}

TEST(TextTable, AlignsByWhatATerminalShows) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  TextTable table({{"nome"}, {"n", Align::right}});
  table.add({"ação", "7"});
  table.add({"漢字", std::nullopt});
  EXPECT_EQ(printed(table),
            "┌──────┬──────┐\n"
            "│ nome │    n │\n"
            "├──────┼──────┤\n"
            "│ ação │    7 │\n"
            "│ 漢字 │ NULL │\n"
            "└──────┴──────┘\n");
}

TEST(TextTable, ShowsControlCharactersAsBlanksAndCutsNothingOffATerminal) {
  TextTable table({{"x"}});
  table.add({"a\nb\x1b[31m" + std::string(200, 'c')});
  const auto text = printed(table);
  EXPECT_NE(text.find("a b [31m" + std::string(200, 'c')), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(Terminal, CountsColumnsNotBytes) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  EXPECT_EQ(display_width("ação"), 4u);
  EXPECT_EQ(display_width("漢字"), 4u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
  EXPECT_EQ(display_width("\xff\xfe"), 2u);  // broken UTF-8: a column a byte
}

TEST(Terminal, WritesNumbersForPeople) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(1'234'567), "1,234,567");
  EXPECT_EQ(with_thousands(-1000), "-1,000");
  EXPECT_EQ(as_bytes(1023), "1023 B");
  EXPECT_EQ(as_bytes(1536), "1.5 KiB");
  EXPECT_EQ(as_bytes(std::int64_t{5} << 40), "5.0 TiB");
  EXPECT_EQ(as_duration(999), "999 ms");
  EXPECT_EQ(as_duration(1'234), "1.2 s");
  EXPECT_EQ(as_duration(61'000), "1 min 1 s");
}

}  // namespace
}  // namespace quarentena::cli
