#include "sources/format/sheet_scanner.h"

#include <cstring>

#include "sources/format/xml_scanner.h"

namespace quarentena {
namespace {

constexpr std::int64_t kMostColumns = 16384;
constexpr std::int64_t kMostRows = std::int64_t{1} << 40;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

template <std::size_t Size>
bool starts(const char* at, const char (&with)[Size]) {
  return std::memcmp(at, with, Size - 1) == 0;
}

std::string_view between(const char* from, const char* to) {
  return {from, static_cast<std::size_t>(to - from)};
}

std::int64_t number(std::string_view digits, std::int64_t most) {
  std::int64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9' || value > most) return -1;
    value = value * 10 + (c - '0');
  }
  return digits.empty() ? -1 : value;
}

/// `BC12` -> 54; -1 when there are no letters.
std::int64_t column_of(std::string_view reference) {
  std::int64_t column = 0;
  for (const char c : reference) {
    const char letter = static_cast<char>(c & ~0x20);
    if (letter < 'A' || letter > 'Z') break;
    column = column * 26 + (letter - 'A' + 1);
    if (column > kMostColumns) break;
  }
  return column - 1;
}

SheetCell::Type type_of(std::string_view name) {
  if (name == "s") return SheetCell::Type::shared;
  if (name == "str" || name == "inlineStr") return SheetCell::Type::text;
  if (name == "b") return SheetCell::Type::boolean;
  if (name == "e") return SheetCell::Type::error;
  if (name == "d") return SheetCell::Type::date;
  return SheetCell::Type::number;
}

/// The next attribute of the tag that `at` stands in. False at the tag's end, where `at` stays on
/// its '>' or '/', and when it is damaged, where `at` stays on something else. Stops at the zeros
/// behind the text by itself.
bool next_attribute(const char*& at, std::string_view& name, std::string_view& value) {
  while (is_blank(*at)) ++at;
  const char* const from = at;
  while (*at != '=' && *at != '>' && *at != '/' && *at != '\0' && !is_blank(*at)) ++at;
  name = between(from, at);
  while (is_blank(*at)) ++at;
  if (*at != '=') return false;
  ++at;
  while (is_blank(*at)) ++at;
  const char quote = *at;
  if (quote != '"' && quote != '\'') return false;
  const char* const first = ++at;
  while (*at != quote && *at != '\0') ++at;
  value = between(first, at);
  if (*at == '\0') return false;
  ++at;
  return true;
}

}  // namespace

SheetScanner::Step SheetScanner::next(const char*& at, const char* end, TextArena& arena) {
  const char* from = at;
  XmlTag tag;
  for (;;) {
    if (next_tag(from, end, tag) == XmlStep::incomplete) return Step::incomplete;
    if (tag.name == "sheetData") {
      if (tag.closing || tag.empty) return Step::end;
      in_data_ = true;
    } else if (tag.name == "worksheet" && tag.closing) {
      return Step::end;
    } else if (tag.name == "row" && in_data_ && !tag.closing) {
      break;
    }
    at = from;
  }
  std::int64_t row = row_ + 1;
  if (const auto reference = attribute(tag, "r")) {
    const std::int64_t given = number(*reference, kMostRows);
    if (given > 0) row = given;
  }
  cells_.clear();
  column_ = -1;
  if (!tag.empty) {
    if (const Step step = cells_of_row(from, end, arena); step != Step::row) return step;
  }
  row_ = row;
  at = from;
  return Step::row;
}

SheetScanner::Step SheetScanner::cells_of_row(const char*& at, const char* end, TextArena& arena) {
  for (;;) {
    if (starts(at, "<c ") && end - at > 3) {
      at += 3;
    } else if (starts(at, "</row>") && end - at >= 6) {
      at += 6;
      return Step::row;
    } else {
      const char* from = at;
      XmlTag tag;
      if (next_tag(from, end, tag) == XmlStep::incomplete) return Step::incomplete;
      if (tag.closing && tag.name == "row") {
        at = from;
        return Step::row;
      }
      if (tag.closing) return Step::damaged;
      if (tag.name != "c") {
        at = from;
        if (!tag.empty && skip_element(at, end) == XmlStep::incomplete) return Step::incomplete;
        continue;
      }
      at = tag.attributes.data();
    }
    if (const Step step = cell(at, end, arena); step != Step::row) return step;
  }
}

/// `at` stands behind the name of a `c`.
SheetScanner::Step SheetScanner::cell(const char*& at, const char* end, TextArena& arena) {
  SheetCell cell;
  std::int64_t column = -1;
  std::string_view name;
  std::string_view value;
  while (next_attribute(at, name, value)) {
    if (name.size() != 1) continue;
    if (name[0] == 'r') {
      column = column_of(value);
    } else if (name[0] == 's') {
      cell.style = static_cast<std::uint32_t>(number(value, 1 << 20));
    } else if (name[0] == 't') {
      cell.type = type_of(value);
    }
  }
  column_ = column >= 0 ? column : column_ + 1;
  cell.column = static_cast<std::uint32_t>(column_);
  if (at >= end) return Step::incomplete;
  if (*at == '/') {
    if (at + 1 >= end) return Step::incomplete;
    if (at[1] != '>') return Step::damaged;
    at += 2;
    return Step::row;
  }
  if (*at != '>') return Step::damaged;
  ++at;
  return content(at, end, arena, cell);
}

SheetScanner::Step SheetScanner::content(const char*& at, const char* end, TextArena& arena,
                                         SheetCell& cell) {
  // Nearly all cells are written in one of two ways, which are worth a short cut.
  if (starts(at, "<v>")) {
    const XmlText found = scan_text(at + 3, end);
    if (found.plain && end - found.stop >= 8 && starts(found.stop, "</v></c>")) {
      keep(cell, between(at + 3, found.stop));
      at = found.stop + 8;
      return Step::row;
    }
  } else if (starts(at, "<is><t>")) {
    const XmlText found = scan_text(at + 7, end);
    if (found.plain && end - found.stop >= 13 && starts(found.stop, "</t></is></c>")) {
      keep(cell, between(at + 7, found.stop));
      at = found.stop + 13;
      return Step::row;
    }
  }
  XmlTag tag;
  for (;;) {
    if (next_tag(at, end, tag) == XmlStep::incomplete) return Step::incomplete;
    if (tag.closing) return tag.name == "c" ? Step::row : Step::damaged;
    if (tag.empty) continue;
    std::string_view text;
    XmlStep step = XmlStep::ok;
    if (tag.name == "v") {
      step = element_text(at, end, arena, text);
    } else if (tag.name == "is") {
      step = string_item(at, end, arena, text);
    } else {
      step = skip_element(at, end);
      if (step == XmlStep::ok) continue;
    }
    if (step == XmlStep::incomplete) return Step::incomplete;
    keep(cell, text);
  }
}

/// Columns beyond what a sheet can have are nobody's.
void SheetScanner::keep(SheetCell& cell, std::string_view value) {
  cell.value = value;
  if (cell.column < kMostColumns) cells_.push_back(cell);
}

}  // namespace quarentena
