#include <gmock/gmock.h>

#include <random>

#include "identity/identity.h"

namespace quarentena {
namespace {

std::string key(std::string_view text) { return cpf_key(text).value_or("none"); }
NoKey why(std::string_view text) {
  const auto made = cpf_key(text);
  EXPECT_FALSE(made) << text << " became " << *made;
  return made ? NoKey::empty : made.error();
}

/// The check digits by long division, as Receita Federal explains them: the remainder of the sum
/// by 11 taken from 11, and 0 for 10 and 11.
std::string with_check_digits(std::string nine) {
  for (int round = 0; round < 2; ++round) {
    int sum = 0;
    for (std::size_t i = 0; i < nine.size(); ++i)
      sum += (nine[nine.size() - 1 - i] - '0') * static_cast<int>(i + 2);
    const int left = 11 - sum % 11;
    nine += static_cast<char>('0' + (left >= 10 ? 0 : left));
  }
  return nine;
}

std::string random_nine(std::mt19937& random) {
  std::string nine;
  while (nine.size() < 9) nine += static_cast<char>('0' + random() % 10);
  return nine;
}

TEST(CpfKeyTest, IsElevenDigitsHoweverTheyAreWritten) {
  for (const char* text :
       {"529.982.247-25", "52998224725", " 529 982 247 25 ", "529982247-25", "529.982.247/25",
        "\t529.982.247-25\r\n", "529\u2011982\u2011247\u201325", "529\u00a0982\u00a0247\u00a025",
        "\u200e529.982.247-25\u200f", "５２９９８２２４７２５", "٥٢٩٩٨٢٢٤٧٢٥"})
    EXPECT_EQ(key(text), "52998224725") << text;
}

TEST(CpfKeyTest, GivesLostLeadingZerosBack) {
  EXPECT_EQ(key("191"), "00000000191");
  EXPECT_EQ(key("000.000.001-91"), "00000000191");
  EXPECT_EQ(key("1234567890"), "01234567890");
  EXPECT_EQ(key("12345678909"), "12345678909");
}

TEST(CpfKeyTest, OneDigitRepeatedIsNobodys) {
  for (char digit = '0'; digit <= '9'; ++digit)
    EXPECT_EQ(why(std::string(11, digit)), NoKey::cpf_repeated);
  EXPECT_EQ(why("111.111.111-11"), NoKey::cpf_repeated);
  EXPECT_EQ(why("0"), NoKey::cpf_repeated);
}

TEST(CpfKeyTest, SaysWhyThereIsNone) {
  EXPECT_EQ(why(""), NoKey::empty);
  EXPECT_EQ(why(" \t"), NoKey::empty);
  EXPECT_EQ(why("-"), NoKey::other_characters);
  EXPECT_EQ(why("não informado"), NoKey::other_characters);
  EXPECT_EQ(why("5299822472O"), NoKey::other_characters);
  EXPECT_EQ(why("529,982,247-25"), NoKey::other_characters);
  EXPECT_EQ(why("5.29982E+10"), NoKey::other_characters);
  EXPECT_EQ(why("\xff\xfe"), NoKey::other_characters);
  EXPECT_EQ(why(std::string_view("52998224725\0", 12)), NoKey::other_characters);
  EXPECT_EQ(why("11.222.333/0001-81"), NoKey::cpf_too_long) << "a CNPJ";
  EXPECT_EQ(why("052998224725"), NoKey::cpf_too_long);
  EXPECT_EQ(why(std::string(5000, ' ')), NoKey::cpf_too_long);
  EXPECT_EQ(why("529.982.247-52"), NoKey::cpf_check_digits);
  EXPECT_EQ(why("1234567890.0"), NoKey::spreadsheet_number);
  EXPECT_EQ(why("52998224725.0"), NoKey::spreadsheet_number);
  EXPECT_EQ(why("123456789.0"), NoKey::spreadsheet_number);
}

TEST(CpfKeyTest, TheKeyOfAKeyIsTheKeyAndPunctuationNeverMatters) {
  std::mt19937 random(1);
  const std::string_view marks = ".-/ \t";
  for (int i = 0; i < 100'000; ++i) {
    const auto cpf = with_check_digits(random_nine(random));
    if (cpf.find_first_not_of(cpf[0]) == cpf.npos) continue;
    std::string written;
    for (char c : cpf) {
      while (random() % 3 == 0) written += marks[random() % marks.size()];
      written += c;
    }
    written += "-";
    ASSERT_EQ(key(written), cpf) << written;
    ASSERT_EQ(key(cpf), cpf);
    ASSERT_EQ(key(cpf.substr(std::min(cpf.find_first_not_of('0'), cpf.size()))), cpf);
  }
}

TEST(CpfKeyTest, AWrongCheckDigitIsNeverAccepted) {
  std::mt19937 random(2);
  for (int i = 0; i < 2'000; ++i) {
    const auto nine = random_nine(random);
    const auto right = with_check_digits(nine);
    for (int digits = 0; digits < 100; ++digits) {
      const auto cpf =
          nine + static_cast<char>('0' + digits / 10) + static_cast<char>('0' + digits % 10);
      ASSERT_EQ(cpf_key(cpf).has_value(), cpf == right) << cpf;
    }
  }
}

}  // namespace
}  // namespace quarentena
