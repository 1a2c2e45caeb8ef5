#include "sources/format/needle.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "sources/format/csv_parser.h"

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

/// Where the field that is opened there ends; the text's size or more where it does not.
std::size_t closing_quote(std::string_view text, std::size_t open, char quote) {
  auto at = text.find(quote, open + 1);
  while (at < text.size() && at + 1 < text.size() && text[at + 1] == quote)
    at = text.find(quote, at + 2);
  return at;
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

/// One pass, in vector instructions, that most windows need no other after. True where one of the
/// parts that sheet_rows() looks for begins, or an exponent, or where it only seems so.
bool seems_in_doubt(const char* text, std::size_t size) {
  unsigned char found = 0;
  for (std::size_t i = 2; i < size; ++i) {
    const auto a = static_cast<unsigned char>(text[i - 2]);
    const auto b = static_cast<unsigned char>(text[i - 1]);
    const auto c = static_cast<unsigned char>(text[i]);
    const auto digit = static_cast<unsigned char>(static_cast<unsigned char>(a - '0') < 10);
    found = static_cast<unsigned char>(
        found | ((a == '&') & (b == '#')) | ((a == '_') & (b == 'x')) |
        ((a == '<') & ((b == '!') | (b == '?'))) |
        (((a == '/') | (a == ':')) & (b == 'r') & (c == '>')) |
        ((a == 't') & (((b == '>') & (c == '<')) | (b == 'D'))) | ((a == '.') & (b == '9')) |
        ((digit | (a == '.')) & ((b | 0x20) == 'e')));
  }
  return found != 0;
}

/// `1.2345E10`: a number whose digits are not those it is read as.
bool has_exponent(std::string_view text) {
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

/// A window of a sheet in which a number of so many digits may be written in another way, or a text
/// in pieces: character references, escapes, comments and CDATA, text in runs, the sheet's end.
bool in_doubt(std::string_view rows, std::size_t digits) {
  for (const char* part : {"&#", "_x0", "<!", "<?", "</r>", ":r>", "</t><t", "sheetData"})
    if (holds(rows, part)) return true;
  return holds(rows, rounded_up(digits)) || has_exponent(rows);
}

}  // namespace

bool Needle::in(std::string_view text) const {
  return text_.size() < 2 ? text.find(text_) != std::string_view::npos : holds(text, text_);
}

LeftOut Needle::csv(std::string_view text, const CsvMarks& marks) const {
  const auto newline = marks.newline;
  const auto line_end = [&](char c) { return c == '\n' || c == '\r' || c == marks.quote; };
  if (empty() || std::any_of(text_.begin(), text_.end(), line_end) || in(text)) return {};
  if (marks.quote == '\0') return whole_lines(text, newline);
  std::size_t end = 0;  // of the last record so far
  for (std::size_t at = 0; at <= text.size();) {
    const auto open = std::min(text.find(marks.quote, at), text.size());
    if (const void* last = ::memrchr(text.data() + at, newline, open - at))
      end = static_cast<std::size_t>(static_cast<const char*>(last) - text.data()) + 1;
    if (open == text.size()) break;
    const bool begins_field =
        open == 0 || text[open - 1] == marks.separator || text[open - 1] == newline;
    const auto close = closing_quote(text, open, marks.quote);
    if (text.size() < 2 || close >= text.size() - 2) break;  // ends with the next window
    const auto next = text[close + 1];
    const bool ends_field =
        next == marks.separator || next == newline || (next == '\r' && text[close + 2] == newline);
    // Only the parser knows what becomes of a record whose quotes are not in their places.
    if (!begins_field || !ends_field || close - open > CsvParser::kLongestQuoted) return {};
    at = close + 1;
  }
  return whole_lines(text.substr(0, end), newline);
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
  for (const auto index : shared)
    if (holds(rows, fmt::format(">{}<", index))) return {};
  if (seems_in_doubt(rows.data(), rows.size()) && in_doubt(rows, text_.size())) return {};
  return {row, 0};
}

}  // namespace quarentena
