#include "config/problem.h"

#include <gmock/gmock.h>

namespace quarentena {
namespace {

TEST(FormatProblems, PointAtThePlaceInTheLine) {
  const Problems problems{"q.yml", {{{2, 3}, "it is wrong", "put it right", "a ação"}}};
  EXPECT_EQ(format_problems(problems),
            "q.yml:2:3: error: it is wrong\n    2 | a ação\n      |   ^\n  hint: put it right");
}

TEST(FormatProblems, KeepTheCaretInSightOfALongLine) {
  const Problems problems{"q.yml", {{{1, 901}, "here", "", std::string(900, 'x') + "!!!"}}};
  EXPECT_EQ(format_problems(problems), "q.yml:1:901: error: here\n    1 | " + std::string(50, 'x') +
                                           "!!!\n      | " + std::string(50, ' ') + "^");
}

TEST(FormatProblems, PrintNoControlCharacterOfTheFile) {
  const Problems problems{"q.yml", {{{1, 2}, "here", "", "a\x1b[31m\tb"}}};
  EXPECT_THAT(format_problems(problems), testing::HasSubstr("1 | a [31m b\n"));
}

TEST(InQuotes, EscapesAndShortens) {
  EXPECT_EQ(in_quotes("a\n\t\x1b"), "'a\\n\\t\\x1b'");
  EXPECT_EQ(in_quotes(std::string(100, 'x')), "'" + std::string(60, 'x') + "...'");
}

TEST(Utf8, IsCheckedAsTheStandardSays) {
  EXPECT_EQ(first_invalid_utf8("ação €😀"), std::string_view::npos);
  for (const char* bad : {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF",
                          "\x80", "\xC3", "\xE2\x82"}) {
    EXPECT_EQ(first_invalid_utf8(bad), 0U);
  }
  EXPECT_EQ(first_invalid_utf8("abc\xE7"), 3U);
}

TEST(Secrets, AreSuspectedInKeysAndAddresses) {
  for (const char* line :
       {"password: x", "  'client_secret' : x", "senha: x", "{ a: 1, token: x }", "auth: x",
        "location: sftp://user:x@host/a", "l: s3://b/a, m: https://u:x@host",
        "location: https://host/a?sv=1&sig=x", "sftp://user:not_yet_ended"}) {
    EXPECT_TRUE(may_hold_secret(line)) << line;
  }
  for (const char* line :
       {"canal: CRM", "location: sftp://user@host:22/a.csv", "location: sftp://[fe80::1]:22/a.csv",
        "table: s3://bucket_{data_carga:%Y}/t", "separator: \";\"", "where: a = b"}) {
    EXPECT_FALSE(may_hold_secret(line)) << line;
  }
}

}  // namespace
}  // namespace quarentena
