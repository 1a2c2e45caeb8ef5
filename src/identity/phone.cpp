#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <array>
#include <optional>

#include "identity/identity.h"
#include "identity/plain_text.h"

namespace quarentena {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

KeyOrReason no(NoKey why) { return tl::unexpected<NoKey>(why); }

/// What a caller would dial.
struct Dialled {
  bool plus = false;
  std::array<char, 24> buffer{};  ///< more than any number with all its prefixes
  std::size_t size = 0;

  std::string_view digits() const { return {buffer.data(), size}; }
};

/// The `xx` that stands for a carrier of one's choice: `0xx11 ...`.
bool is_any_carrier(std::string_view rest, const Dialled& so_far) {
  return so_far.size == 1 && so_far.buffer[0] == '0' && rest.size() > 1 &&
         (rest[0] == 'x' || rest[0] == 'X') && rest[1] == rest[0];
}

/// Of ASCII text.
tl::expected<Dialled, NoKey> dialled(std::string_view text) {
  Dialled out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      if (out.size == out.buffer.size()) return tl::unexpected<NoKey>(NoKey::phone_length);
      out.buffer[out.size++] = c;
    } else if (c == '+' && !out.plus && out.size == 0) {
      out.plus = true;
    } else if (is_any_carrier(text.substr(i), out)) {
      ++i;
    } else if (c == '/' || c == ';' || c == ',') {
      return tl::unexpected<NoKey>(NoKey::phone_several);
    } else if (!is_blank(c) && c != '(' && c != ')' && c != '-' && c != '.') {
      return tl::unexpected<NoKey>(NoKey::other_characters);
    }
  }
  if (out.size == 0) {
    const bool blank = std::all_of(text.begin(), text.end(), is_blank);
    return tl::unexpected<NoKey>(blank ? NoKey::empty : NoKey::other_characters);
  }
  if (is_spreadsheet_number(text)) return tl::unexpected<NoKey>(NoKey::spreadsheet_number);
  return out;
}

/// ANATEL's area codes. phone_test.cpp checks them, and what is made of them, with libphonenumber:
/// asking it for every number would cost some thousand times as much.
bool is_area_code(std::string_view code) {
  static constexpr std::array<std::string_view, 10> second{
      "",     "123456789", "12478",  "1234578",   "123456789",
      "1345", "123456789", "134579", "123456789", "123456789"};
  return second[static_cast<std::size_t>(code[0] - '0')].find(code[1]) != std::string_view::npos;
}

/// Trunked radio was left out of the ninth digit.
bool is_trunked_radio(std::string_view subscriber) {
  return subscriber[0] == '7' && std::string_view("0789").find(subscriber[1]) != std::string::npos;
}

/// 0300, 0303, 0500, 0800, 0900: no area code ends in 0.
bool may_be_service(std::string_view national) {
  return national.size() >= 9 && national.size() <= 11 && national[1] == '0';
}

std::optional<std::string> e164_if_valid(const std::string& number, const char* region,
                                         bool with_idd = false) {
  static const PhoneNumberUtil& phones = *PhoneNumberUtil::GetInstance();
  PhoneNumber parsed;
  const auto outcome = with_idd ? phones.ParseAndKeepRawInput(number, region, &parsed)
                                : phones.Parse(number, region, &parsed);
  if (outcome != PhoneNumberUtil::NO_PARSING_ERROR) return std::nullopt;
  if (with_idd && parsed.country_code_source() != PhoneNumber::FROM_NUMBER_WITH_IDD)
    return std::nullopt;
  if (!phones.IsValidNumber(parsed)) return std::nullopt;
  std::string key;
  phones.Format(parsed, PhoneNumberUtil::E164, &key);
  return key;
}

/// Two digits of area code and the subscriber's eight or nine.
KeyOrReason geographic_key(std::string_view national) {
  if (!is_area_code(national)) return no(NoKey::phone_area_code);
  const auto subscriber = national.substr(2);
  const bool eight = subscriber.size() == 8;
  if (subscriber[0] < '2' || (!eight && subscriber[0] != '9')) return no(NoKey::phone_not_in_plan);
  const bool old_mobile = eight && subscriber[0] >= '6' && !is_trunked_radio(subscriber);
  std::string key = "+55";
  key.append(national.substr(0, 2));
  if (old_mobile) key += '9';
  key.append(subscriber);
  return key;
}

/// What is dialled inside Brazil, with or without the trunk 0 and a carrier's code.
KeyOrReason brazilian_key(std::string_view national) {
  if (national.starts_with('0')) {
    national.remove_prefix(1);
    if (national.size() == 12 || national.size() == 13) national.remove_prefix(2);
  }
  if (may_be_service(national)) {
    auto key = e164_if_valid("+55" + std::string(national), "ZZ");
    return key ? KeyOrReason(*std::move(key)) : no(NoKey::phone_area_code);
  }
  if (national.size() == 10 || national.size() == 11) return geographic_key(national);
  return no(national.size() < 10 ? NoKey::phone_no_area_code : NoKey::phone_length);
}

KeyOrReason foreign_key(std::string_view digits) {
  auto key = e164_if_valid("+" + std::string(digits), "ZZ");
  return key ? KeyOrReason(*std::move(key)) : no(NoKey::phone_foreign);
}

/// `00` and the country, or `00`, a carrier and the country: 31 is both a carrier and a country.
KeyOrReason abroad_key(std::string_view digits) {
  auto direct = e164_if_valid("+" + std::string(digits.substr(2)), "ZZ");
  auto by_carrier = e164_if_valid(std::string(digits), "BR", true);
  if (direct && by_carrier && *direct != *by_carrier) return no(NoKey::phone_ambiguous);
  if (!direct && !by_carrier) return no(NoKey::phone_foreign);
  return direct ? *std::move(direct) : *std::move(by_carrier);
}

KeyOrReason key_of(std::string_view text) {
  const auto number = dialled(text);
  if (!number) return no(number.error());
  const auto digits = number->digits();
  if (number->plus)
    return digits.starts_with("55") ? brazilian_key(digits.substr(2)) : foreign_key(digits);
  // libphonenumber would take the 55 after 00 for a carrier, and what follows for a country.
  if (digits.starts_with("0055")) return brazilian_key(digits.substr(4));
  if (digits.starts_with("00")) return abroad_key(digits);
  // 55 is an area code too; the number of digits tells, and no subscriber's number begins with 0.
  const bool with_country = digits.size() == 12 || digits.size() == 13;
  if (digits.starts_with("55") && (with_country || digits.starts_with("550")))
    return brazilian_key(digits.substr(2));
  if (digits.size() < 10 && digits[0] != '0') return no(NoKey::phone_no_area_code);
  return brazilian_key(digits);
}

}  // namespace

KeyOrReason phone_key(std::string_view text) {
  if (text.size() > kLongestText) return no(NoKey::phone_length);
  return is_ascii(text) ? key_of(text) : key_of(plain_text(text));
}

}  // namespace quarentena
