#include <gmock/gmock.h>
#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <random>
#include <set>
#include <thread>

#include "identity/identity.h"

namespace quarentena {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

std::string key(std::string_view text) { return phone_key(text).value_or("none"); }
NoKey why(std::string_view text) {
  const auto made = phone_key(text);
  EXPECT_FALSE(made) << text << " became " << *made;
  return made ? NoKey::empty : made.error();
}

TEST(PhoneKeyTest, AMobileIsOneHoweverItIsWritten) {
  for (const char* text : {"11987654321",
                           "(11) 98765-4321",
                           "11 9 8765-4321",
                           "11.98765.4321",
                           "011987654321",
                           "(011) 98765-4321",
                           "0 15 11 98765-4321",
                           "0xx11 98765-4321",
                           "(0XX11)98765-4321",
                           "0xx15 11 98765-4321",
                           "0151198765-4321",
                           "+5511987654321",
                           "+55 (11) 98765-4321",
                           "+55 (0) 11 98765-4321",
                           "+55 011 98765 4321",
                           "+55 0 21 11 98765-4321",
                           "5511987654321",
                           "55 11 98765-4321",
                           "55 (011) 98765-4321",
                           "005511987654321",
                           "00 55 11 98765-4321",
                           "(55) 11 987654321",
                           "\u202a+55 11 98765\u20114321\u202c",
                           "\u00a011\u00a098765\u20134321",
                           "（１１）９８７６５－４３２１",
                           "＋55 11 98765-4321"})
    EXPECT_EQ(key(text), "+5511987654321") << text;
}

TEST(PhoneKeyTest, AnOldMobileGetsItsNinthDigit) {
  for (const char* text :
       {"1187654321", "(11) 8765-4321", "011 8765-4321", "0xx11 8765-4321", "0 15 11 8765-4321",
        "+55 11 8765-4321", "551187654321", "0055 11 8765 4321"})
    EXPECT_EQ(key(text), "+5511987654321") << text;
  EXPECT_EQ(key("2196543210"), "+5521996543210");
  EXPECT_EQ(key("8161234567"), "+5581961234567");
  EXPECT_EQ(key("1171234567"), "+5511971234567");
  EXPECT_EQ(key("1191234567"), key("11991234567"));
}

TEST(PhoneKeyTest, TrunkedRadioKeepsItsEightDigits) {
  for (const char* first : {"70", "77", "78", "79"}) {
    const auto eight = std::string("11") + first + "123456";
    EXPECT_EQ(key(eight), "+55" + eight);
    EXPECT_NE(key(eight), key("119" + eight.substr(2)));
  }
}

TEST(PhoneKeyTest, ALandlineIsNeverAMobile) {
  EXPECT_EQ(key("(11) 3333-4444"), "+551133334444");
  EXPECT_EQ(key("+55 11 3333-4444"), "+551133334444");
  EXPECT_EQ(key("0 21 11 3333-4444"), "+551133334444");
  EXPECT_EQ(key("11 93333-4444"), "+5511933334444");
  for (char first = '2'; first <= '5'; ++first) {
    const auto landline = std::string("61") + first + "1234567";
    EXPECT_EQ(key(landline), "+55" + landline);
    EXPECT_NE(key(landline), key("619" + landline.substr(2)));
  }
}

TEST(PhoneKeyTest, FiftyFiveIsTheCountryAndAnAreaCode) {
  EXPECT_EQ(key("55 3222-1234"), "+555532221234");
  EXPECT_EQ(key("55 99922-1234"), "+5555999221234");
  EXPECT_EQ(key("55 55 99922-1234"), "+5555999221234");
  EXPECT_EQ(key("55 55 3222-1234"), "+555532221234");
  EXPECT_EQ(key("0 55 55 3222-1234"), "+555532221234");
}

TEST(PhoneKeyTest, AnAreaCodeIsNeverGuessed) {
  for (const char* text : {"98765-4321", "3333-4444", "4004-1234", "0 3333-4444", "190", "8765432",
                           "+55 98765-4321", "+55"})
    EXPECT_EQ(why(text), NoKey::phone_no_area_code) << text;
}

TEST(PhoneKeyTest, ServicesAreNumbersToo) {
  EXPECT_EQ(key("0800 123 4567"), "+558001234567");
  EXPECT_EQ(key("800 123 4567"), "+558001234567");
  EXPECT_EQ(key("+55 800 123 4567"), "+558001234567");
  EXPECT_EQ(key("0300 313 4567"), "+553003134567");
  EXPECT_EQ(key("0800 123456"), "+55800123456");
  EXPECT_EQ(key("+55800123456"), "+55800123456");
  EXPECT_EQ(why("800 123456"), NoKey::phone_no_area_code) << "it may be a mobile's";
}

TEST(PhoneKeyTest, ForeignNumbersStay) {
  EXPECT_EQ(key("+1 (650) 253-0000"), "+16502530000");
  EXPECT_EQ(key("+351 912 345 678"), "+351912345678");
  EXPECT_EQ(key("00351 912 345 678"), "+351912345678");
  EXPECT_EQ(key("+44 20 7946 0958"), "+442079460958");
  EXPECT_EQ(key("0044 20 7946 0958"), "+442079460958");
  EXPECT_EQ(key("0015 1 650 253 0000"), "+16502530000");
  EXPECT_EQ(key("+39 06 6982"), "+39066982") << "the 0 belongs to an Italian number";
  EXPECT_EQ(why("+1 111 111 1111"), NoKey::phone_foreign);
  EXPECT_EQ(why("+999 123456789"), NoKey::phone_foreign);
  EXPECT_EQ(why("16502530000"), NoKey::phone_not_in_plan) << "without + it is Brazilian";
}

TEST(PhoneKeyTest, ANumberWithTwoReadingsIsNotGuessed) {
  // 00, the carrier 31 and Brazil's neighbour, or 00 and the Netherlands.
  const auto made = phone_key("0031 20 123 4567");
  EXPECT_TRUE(made ? *made == "+31201234567" : made.error() == NoKey::phone_ambiguous);
  EXPECT_EQ(key("0055 11 98765-4321"), "+5511987654321") << "55 is a carrier too";
}

TEST(PhoneKeyTest, SaysWhyThereIsNone) {
  EXPECT_EQ(why(""), NoKey::empty);
  EXPECT_EQ(why("  "), NoKey::empty);
  EXPECT_EQ(why("-"), NoKey::other_characters);
  EXPECT_EQ(why("não tem"), NoKey::other_characters);
  EXPECT_EQ(why("11 3333-4444 ramal 12"), NoKey::other_characters);
  EXPECT_EQ(why("11 3333-4444 x12"), NoKey::other_characters);
  EXPECT_EQ(why("0800 FLORES"), NoKey::other_characters);
  EXPECT_EQ(why("1.1987654321E10"), NoKey::other_characters);
  EXPECT_EQ(why("11 98765-4321+"), NoKey::other_characters);
  EXPECT_EQ(why("++5511987654321"), NoKey::other_characters);
  EXPECT_EQ(why("1191234567.0"), NoKey::spreadsheet_number) << "its digits are another's mobile";
  EXPECT_EQ(why("11 3333-4444/5555"), NoKey::phone_several);
  EXPECT_EQ(why("55 3333-4444/45"), NoKey::phone_several);
  EXPECT_EQ(why("11987654321; 1133334444"), NoKey::phone_several);
  EXPECT_EQ(why("11 98765-4321 11 3333-4444"), NoKey::phone_length);
  EXPECT_EQ(why(std::string(5000, '1')), NoKey::phone_length);
  EXPECT_EQ(why("10 98765-4321"), NoKey::phone_area_code);
  EXPECT_EQ(why("23 98765-4321"), NoKey::phone_area_code);
  EXPECT_EQ(why("00000000000"), NoKey::phone_foreign);
  EXPECT_EQ(why("11 1333-4444"), NoKey::phone_not_in_plan);
  EXPECT_EQ(why("11 88765-4321"), NoKey::phone_not_in_plan);
  EXPECT_EQ(why("\xff\xfe"), NoKey::other_characters);
}

/// Every area code, every beginning of a subscriber's number, both lengths: what we take without
/// asking libphonenumber is what it takes.
TEST(PhoneKeyTest, LibphonenumberAgreesOnTheBrazilianPlan) {
  const auto& phones = *PhoneNumberUtil::GetInstance();
  const auto type_of = [&](const std::string& e164) {
    PhoneNumber number;
    if (phones.Parse(e164, "ZZ", &number) != PhoneNumberUtil::NO_PARSING_ERROR)
      return PhoneNumberUtil::UNKNOWN;
    return phones.GetNumberType(number);
  };
  for (int area = 10; area <= 99; ++area)
    for (int first = 0; first <= 99; ++first)
      for (const char* rest : {"123456", "1234567"}) {
        char beginning[3] = {static_cast<char>('0' + first / 10),
                             static_cast<char>('0' + first % 10), 0};
        const auto national = std::to_string(area) + beginning + rest;
        const auto theirs = type_of("+55" + national);
        const auto ours = phone_key(national);
        const bool lost_ninth =
            national.size() == 10 && beginning[0] >= '6' && ours && ours->size() == 14;
        if (lost_ninth) {
          ASSERT_EQ(type_of(*ours), PhoneNumberUtil::MOBILE) << *ours;
          continue;
        }
        ASSERT_EQ(ours.has_value(), theirs != PhoneNumberUtil::UNKNOWN) << national;
        if (!ours) continue;
        ASSERT_EQ(*ours, "+55" + national);
        if (area % 10 == 0) continue;  // a service
        ASSERT_EQ(theirs == PhoneNumberUtil::FIXED_LINE,
                  beginning[0] >= '2' && beginning[0] <= '5' && national.size() == 10)
            << national;
      }
}

TEST(PhoneKeyTest, TheKeyOfAKeyIsTheKeyInEveryCountry) {
  const auto& phones = *PhoneNumberUtil::GetInstance();
  std::set<std::string> regions;
  phones.GetSupportedRegions(&regions);
  int tried = 0;
  for (const auto& region : regions)
    for (const auto type :
         {PhoneNumberUtil::FIXED_LINE, PhoneNumberUtil::MOBILE, PhoneNumberUtil::TOLL_FREE}) {
      PhoneNumber number;
      if (!phones.GetExampleNumberForType(region, type, &number)) continue;
      std::string e164, international;
      phones.Format(number, PhoneNumberUtil::E164, &e164);
      phones.Format(number, PhoneNumberUtil::INTERNATIONAL, &international);
      const auto made = phone_key(e164);
      ASSERT_TRUE(made) << region << " " << e164;
      EXPECT_EQ(key(*made), *made) << region;
      if (region != "BR" && international.find('/') == international.npos) {
        EXPECT_EQ(key(international), *made) << international;
      }
      ++tried;
    }
  EXPECT_GT(tried, 600);
}

TEST(PhoneKeyTest, PunctuationNeverMatters) {
  std::mt19937 random(4);
  const std::string_view marks = "()-. ";
  const char* areas[] = {"11", "21", "55", "61", "85", "98"};
  for (int i = 0; i < 50'000; ++i) {
    std::string number = areas[random() % 6];
    number += static_cast<char>('2' + random() % 8);
    for (int digit = 0; digit < 7; ++digit) number += static_cast<char>('0' + random() % 10);
    const auto plain = key(number);
    ASSERT_NE(plain, "none") << number;
    ASSERT_EQ(key(plain), plain);
    std::string written = random() % 2 == 0 ? "+55" : "";
    for (char c : number) {
      if (random() % 3 == 0) written += marks[random() % marks.size()];
      written += c;
    }
    written += ")";  // what ends in .0 is a spreadsheet's
    ASSERT_EQ(key(written), plain) << written;
  }
}

TEST(PhoneKeyTest, ThreadsGetTheSameKeys) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([] {
      for (int i = 0; i < 300; ++i) {
        EXPECT_EQ(key("+44 20 7946 0958"), "+442079460958");
        EXPECT_EQ(key("0800 123 4567"), "+558001234567");
      }
    });
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace quarentena
