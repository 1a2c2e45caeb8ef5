#include "identity/plain_text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>

namespace quarentena {
namespace {

char plain(UChar32 c) {
  if (c < 0) return '?';
  if (c < 0x80) return static_cast<char>(c);
  if (c == 0xFF0B) return '+';
  if (c == 0x2212) return '-';
  switch (u_charType(c)) {
    case U_DECIMAL_DIGIT_NUMBER:
      return static_cast<char>('0' + u_charDigitValue(c));
    case U_SPACE_SEPARATOR:
      return ' ';
    case U_DASH_PUNCTUATION:
      return '-';
    case U_START_PUNCTUATION:
      return '(';
    case U_END_PUNCTUATION:
      return ')';
    case U_FORMAT_CHAR:
      return '\0';
    default:
      return '?';
  }
}

}  // namespace

std::string plain_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t at = 0; at < size;) {
    UChar32 c = 0;
    U8_NEXT(bytes, at, size, c);
    // A NUL that was delivered is no mark to drop.
    if (const char ascii = c == 0 ? '?' : plain(c); ascii != '\0') out += ascii;
  }
  return out;
}

bool is_spreadsheet_number(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  if (text.size() < 3 || !text.ends_with(".0")) return false;
  text.remove_suffix(2);
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace quarentena
