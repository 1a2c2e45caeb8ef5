#pragma once

#include <string>
#include <string_view>

namespace quarentena {

/// No identity is longer; a text that is need not be looked at.
inline constexpr std::size_t kLongestText = 1000;

inline bool is_ascii(std::string_view text) {
  char bits = 0;  // no early end: this way the compiler looks at many at once
  for (char c : text) bits = static_cast<char>(bits | c);
  return (bits & 0x80) == 0;
}

inline bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// What people paste from phones and documents, in ASCII: any script's digits, dashes, spaces, plus
/// and brackets; invisible marks are dropped. What has no such form becomes `?`.
std::string plain_text(std::string_view text);

/// `1191234567.0`. Its digits without the point would be another number.
bool is_spreadsheet_number(std::string_view text);

}  // namespace quarentena
