#include <algorithm>
#include <array>
#include <cstdint>

#include "identity/identity.h"
#include "identity/plain_text.h"

namespace quarentena {
namespace {

constexpr std::size_t kLength = 11;

bool is_punctuation(char c) { return is_blank(c) || c == '.' || c == '-' || c == '/'; }

/// The check digit of what stands before it, weighted 2, 3, 4, ... from the right.
int check_digit(std::string_view before) {
  int sum = 0;
  int weight = static_cast<int>(before.size()) + 1;
  for (char c : before) sum += (c - '0') * weight--;
  return sum * 10 % 11 % 10;
}

KeyOrReason no(NoKey why) { return tl::unexpected<NoKey>(why); }

/// Of ASCII text.
KeyOrReason key_of(std::string_view text) {
  std::array<char, kLength> digits{};
  std::size_t count = 0;
  for (char c : text) {
    if (is_punctuation(c)) continue;
    if (c < '0' || c > '9') return no(NoKey::other_characters);
    if (count == kLength)
      return no(is_spreadsheet_number(text) ? NoKey::spreadsheet_number : NoKey::cpf_too_long);
    digits[count++] = c;
  }
  if (count == 0) {
    const bool blank = std::all_of(text.begin(), text.end(), is_blank);
    return no(blank ? NoKey::empty : NoKey::other_characters);
  }
  if (is_spreadsheet_number(text)) return no(NoKey::spreadsheet_number);
  std::string key(kLength - count, '0');
  key.append(digits.data(), count);
  const std::string_view all = key;
  if (all.find_first_not_of(all[0]) == all.npos) return no(NoKey::cpf_repeated);
  if (check_digit(all.substr(0, 9)) != all[9] - '0' ||
      check_digit(all.substr(0, 10)) != all[10] - '0')
    return no(NoKey::cpf_check_digits);
  return key;
}

}  // namespace

KeyOrReason cpf_key(std::string_view text) {
  if (text.size() > kLongestText) return no(NoKey::cpf_too_long);
  return is_ascii(text) ? key_of(text) : key_of(plain_text(text));
}

}  // namespace quarentena
