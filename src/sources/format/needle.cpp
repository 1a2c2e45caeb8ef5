#include "sources/format/needle.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace quarentena {
namespace {

/// As memmem, which takes four times as long for the few letters looked for here: sixteen places at
/// once are asked for the last two of them. `part` has at least two.
bool holds(std::string_view text, std::string_view part) {
  const auto size = part.size();
  std::size_t at = 0;
#ifdef __SSE2__
  const auto before = _mm_set1_epi8(part[size - 2]);
  const auto last = _mm_set1_epi8(part[size - 1]);
  const auto bytes_at = [&](std::size_t i) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
  };
  for (; at + size + 15 <= text.size(); at += 16) {
    auto places = static_cast<unsigned>(
        _mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(bytes_at(at + size - 2), before),
                                        _mm_cmpeq_epi8(bytes_at(at + size - 1), last))));
    for (; places != 0; places &= places - 1) {
      const auto* place = text.data() + at + std::countr_zero(places);
      if (std::memcmp(place, part.data(), size) == 0) return true;
    }
  }
#endif
  return text.substr(at).find(part) != std::string_view::npos;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

LeftOut whole_lines(std::string_view text, char newline) {
  const auto last = text.rfind(newline);
  if (last == std::string_view::npos) return {};
  return {last + 1,
          std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(last) + 1, newline)};
}

/// `\u0031`: a character of ASCII that can be seen, written as an escape.
bool has_escaped_ascii(std::string_view text) {
  constexpr std::string_view kEscape = "\\u00";
  while (true) {
    const auto* at = static_cast<const char*>(
        ::memmem(text.data(), text.size(), kEscape.data(), kEscape.size()));
    if (at == nullptr) return false;
    const auto next = static_cast<std::size_t>(at - text.data()) + kEscape.size();
    if (next >= text.size() || (text[next] >= '2' && text[next] <= '7')) return true;
    text.remove_prefix(next);
  }
}

/// What begins with a brace and ends with one is no part of a larger object: in one, a comma or a
/// closing bracket would stand between two such lines.
bool is_objects_line(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line.empty() || (line.front() == '{' && line.back() == '}');
}

/// `1.2345E10`: a number whose digits are not those it is read as.
bool has_exponent(std::string_view text) {
  unsigned found = 0;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    const auto e = static_cast<unsigned>((text[i] | 0x20) == 'e');
    const auto before = static_cast<unsigned>(static_cast<unsigned char>(text[i - 1] - '0') < 10u) |
                        static_cast<unsigned>(text[i - 1] == '.');
    found |= e & before;
  }
  if (found == 0) return false;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if ((text[i] | 0x20) != 'e' || !(is_digit(text[i - 1]) || text[i - 1] == '.')) continue;
    auto end = i + 1;
    while (end < text.size() &&
           (is_digit(text[end]) || text[end] == '+' || text[end] == '-' || text[end] == ' '))
      ++end;
    if (end == text.size() || text[end] == '<') return true;
  }
  return false;
}

/// What is in every number that is read as a whole one of so many digits and is a little less: its
/// double is that whole number when it is nearer than half a step between doubles, which is below
/// 10^(digits - 16) for up to 15 digits. A time of day (`45426.99930555`) is not that near.
std::string rounded_up(std::size_t digits) { return "." + std::string(16 - digits, '9'); }

}  // namespace

bool Needle::in(std::string_view text) const {
  return text_.size() < 2 ? text.find(text_) != std::string_view::npos : holds(text, text_);
}

LeftOut Needle::csv(std::string_view text, char quote, char newline) const {
  const auto line_end = [&](char c) { return c == '\n' || c == '\r'; };
  if (empty() || std::any_of(text_.begin(), text_.end(), line_end) || in(text)) return {};
  // Where a quoted field may span lines, only the parser knows where a record ends.
  if (quote != '\0' && text.find(quote) != std::string_view::npos) return {};
  return whole_lines(text, newline);
}

LeftOut Needle::json_lines(std::string_view text) const {
  const auto plain = [](char c) {
    return is_alnum(c) || std::string_view("-_.@+: ").find(c) != std::string_view::npos;
  };
  if (empty() || !std::all_of(text_.begin(), text_.end(), plain)) return {};
  if (in(text) || has_escaped_ascii(text)) return {};
  const auto whole = whole_lines(text, '\n');
  for (std::size_t at = 0; at < whole.bytes;) {
    const auto end = text.find('\n', at);
    if (!is_objects_line(text.substr(at, end - at))) return {};
    at = end + 1;
  }
  return whole;
}

LeftOut Needle::sheet_rows(std::string_view text, const std::vector<std::size_t>& shared) const {
  // A number is read as the shortest text that means it: up to 15 digits those are its own, unless
  // it is written with an exponent or was rounded up. A boolean's text has no digit.
  constexpr std::size_t kSurelyItsDigits = 15;
  if (text_.size() > kSurelyItsDigits || !std::all_of(text_.begin(), text_.end(), is_alnum) ||
      std::none_of(text_.begin(), text_.end(), is_digit))
    return {};
  const auto row = text.rfind("<row r=\"");
  if (row == std::string_view::npos || row == 0) return {};
  const auto rows = text.substr(0, row);
  if (in(rows)) return {};
  // Character references, escapes, comments and CDATA, text in runs, the end.
  for (const char* part : {"&#", "_x0", "<!", "<?", "</r>", ":r>", "</t><t", "sheetData"})
    if (holds(rows, part)) return {};
  if (holds(rows, rounded_up(text_.size()))) return {};
  for (const auto index : shared)
    if (holds(rows, fmt::format(">{}<", index))) return {};
  if (has_exponent(rows)) return {};
  return {row, 0};
}

}  // namespace quarentena
