#include <gmock/gmock.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <random>
#include <thread>

#include "identity/identity.h"

namespace quarentena {
namespace {

std::string key(std::string_view text) { return email_key(text).value_or("none"); }
NoKey why(std::string_view text) {
  const auto made = email_key(text);
  EXPECT_FALSE(made) << text << " became " << *made;
  return made ? NoKey::empty : made.error();
}
std::string utf8(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

TEST(EmailKeyTest, CaseAndOuterBlanksDoNotMatter) {
  for (const char* text : {"maria.silva@exemplo.com.br", " Maria.Silva@Exemplo.com.br\r\n",
                           "MARIA.SILVA@EXEMPLO.COM.BR", "\u00a0maria.silva@exemplo.com.br\u200b",
                           "\ufeffMaria.Silva@exemplo.com.br", "maria.silva@ｅｘｅｍｐｌｏ.com.br",
                           "maria.silva@exemplo。com。br"})
    EXPECT_EQ(key(text), "maria.silva@exemplo.com.br") << text;
}

TEST(EmailKeyTest, NoProvidersRulesAreTaken) {
  EXPECT_EQ(key("j.o.a.o@gmail.com"), "j.o.a.o@gmail.com");
  EXPECT_EQ(key("joao+promo@gmail.com"), "joao+promo@gmail.com");
  EXPECT_NE(key("joao@gmail.com"), key("joao@googlemail.com"));
  EXPECT_EQ(key("!#$%&'*+-/=?^_`{|}~@exemplo.com"), "!#$%&'*+-/=?^_`{|}~@exemplo.com");
}

TEST(EmailKeyTest, AccentsAreOneWhoeverComposedThem) {
  EXPECT_EQ(key("JOÃO@exemplo.com"), "joão@exemplo.com");
  EXPECT_EQ(key("joa\u0303o@exemplo.com"), "joão@exemplo.com");
  EXPECT_NE(key("joao@exemplo.com"), key("joão@exemplo.com"));
  EXPECT_EQ(key("STRASSE@exemplo.com"), key("straße@exemplo.com"));
  EXPECT_EQ(key("Σίσυφος@exemplo.com"), key("ΣΊΣΥΦΟΣ@exemplo.com"));
}

TEST(EmailKeyTest, ADomainIsItsAsciiForm) {
  EXPECT_EQ(key("ana@maçã.com.br"), "ana@xn--ma-tiap.com.br");
  EXPECT_EQ(key("ana@MAÇÃ.com.br"), key("ana@XN--MA-TIAP.com.br"));
  EXPECT_EQ(key("ana@straße.de"), "ana@xn--strae-oqa.de");
  EXPECT_EQ(key("ana@r3---sn.maçã.com"), "ana@r3---sn.xn--ma-tiap.com");
  EXPECT_NE(key("ana@straße.de"), key("ana@strasse.de")) << "they belong to two people";
}

TEST(EmailKeyTest, SaysWhyThereIsNone) {
  EXPECT_EQ(why(""), NoKey::empty);
  EXPECT_EQ(why(" \t\n"), NoKey::empty);
  EXPECT_EQ(why("\u00a0"), NoKey::empty);
  EXPECT_EQ(why("naotem"), NoKey::email_no_at);
  EXPECT_EQ(why("não tem"), NoKey::email_no_at);
  EXPECT_EQ(why("a@b@exemplo.com"), NoKey::email_several_ats);
  EXPECT_EQ(why("a@exemplo.com; b@exemplo.com"), NoKey::email_several_ats);
  for (const char* text :
       {"@exemplo.com", ".a@exemplo.com", "a.@exemplo.com", "a..b@exemplo.com", "a b@exemplo.com",
        "Ana <ana@exemplo.com", "\"a\"@exemplo.com", "a,b@exemplo.com", "jo\u200bão@exemplo.com",
        "a\u0001@exemplo.com", "a(c)@exemplo.com", "mailto:a@exemplo.com"})
    EXPECT_EQ(why(text), NoKey::email_local_part) << text;
  for (const char* text :
       {"a@", "a@exemplo", "a@exemplo.", "a@.com", "a@exemplo..com", "a@-exemplo.com",
        "a@exemplo-.com", "a@exem_plo.com", "a@exemplo,com", "a@[127.0.0.1]", "a@127.0.0.1",
        "ana@exemplo.com>", "a@exemplo .com", "ana@xn--zzzz-.com", "ana@xn--a.com"})
    EXPECT_EQ(why(text), NoKey::email_domain) << text;
  EXPECT_EQ(why("a\xff@exemplo.com"), NoKey::email_not_utf8);
  EXPECT_EQ(why(std::string(65, 'a') + "@exemplo.com"), NoKey::email_local_part);
  EXPECT_EQ(key(std::string(64, 'a') + "@exemplo.com"), std::string(64, 'a') + "@exemplo.com");
  EXPECT_EQ(why("a@" + std::string(64, 'b') + ".com"), NoKey::email_domain);
  EXPECT_EQ(why(std::string(2000, 'a') + "@exemplo.com"), NoKey::email_too_long);
}

/// Every character there is, alone and after one it may be joined with, in both parts.
TEST(EmailKeyTest, TheKeyOfAKeyIsTheKey) {
  int made = 0;
  for (UChar32 c = 0; c <= 0x10FFFF; ++c) {
    if (U_IS_SURROGATE(c) || u_charType(c) == U_UNASSIGNED) continue;
    if (c >= 0x20000 && c < 0xE0000 && c % 101 != 0) continue;  // ideographs are all alike
    const icu::UnicodeString character(c);
    for (const auto& address :
         {"a" + utf8(character) + "@exemplo.com", utf8(character) + "\u0345\u0301@exemplo.com",
          "a@b" + utf8(character) + ".com"}) {
      const auto once = email_key(address);
      if (!once) continue;
      ++made;
      const auto twice = email_key(*once);
      ASSERT_TRUE(twice) << address << " " << *once;
      ASSERT_EQ(*twice, *once) << address;
    }
  }
  EXPECT_GT(made, 100'000);
}

TEST(EmailKeyTest, AsciiGoesTheSameWayWithAndWithoutTheRestOfUnicode) {
  std::mt19937 random(5);
  const std::string_view letters = "aZ09.@-+_ x";
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (auto left = random() % 14; left > 0; --left) text += letters[random() % letters.size()];
    // The mark in front is trimmed, but sends the text through ICU.
    const auto ascii = email_key(text + ".com"),
               international = email_key("\ufeff" + text + ".com");
    ASSERT_EQ(ascii.has_value(), international.has_value()) << text;
    ASSERT_EQ(ascii.value_or(""), international.value_or("")) << text;
  }
}

TEST(EmailKeyTest, ThreadsGetTheSameKeys) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([] {
      for (int i = 0; i < 2'000; ++i) EXPECT_EQ(key("JOÃO@maçã.com"), "joão@xn--ma-tiap.com");
    });
  for (auto& thread : threads) thread.join();
}

TEST(NoKeyTest, EveryReasonIsALineForPeople) {
  for (int why = 0; why <= static_cast<int>(NoKey::email_domain); ++why)
    EXPECT_NE(reason_of(static_cast<NoKey>(why)), "unknown") << why;
}

}  // namespace
}  // namespace quarentena
