#include "cli/table_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cli/output.h"
#include "cli/terminal.h"

namespace quarentena::cli {
namespace {

constexpr std::size_t kNarrowest = 8;

std::string one_line(const std::string& text) {
  std::string out = text;
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return out;
}

/// Cut to `width` columns, the last of them an ellipsis.
std::string cut(const std::string& text, std::size_t width) {
  if (display_width(text) <= width) return text;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    while (end < text.size() && (text[end] & 0xc0) == 0x80) ++end;
    const auto next = out + text.substr(at, end - at);
    if (display_width(next) > width - 1) break;
    out = next;
    at = end;
  }
  return out + "…";
}

std::string padded(const std::string& shown, std::size_t used, std::size_t width, Align align) {
  const std::string space(width > used ? width - used : 0, ' ');
  return align == Align::left ? shown + space : space + shown;
}

std::string rule(const std::vector<std::size_t>& widths, const char* left, const char* middle,
                 const char* right) {
  std::string out = left;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    for (std::size_t n = 0; n < widths[i] + 2; ++n) out += "─";
    out += i + 1 < widths.size() ? middle : right;
  }
  return out + "\n";
}

}  // namespace

/// Natural widths; while they do not fit the room, the widest column gives way.
std::vector<std::size_t> TextTable::widths(std::size_t room) const {
  std::vector<std::size_t> out;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    auto width = display_width(columns_[c].title);
    for (const auto& row : rows_)
      width = std::max(width, row[c] ? display_width(one_line(*row[c])) : 4);
    out.push_back(width);
  }
  const auto total = [&] { return std::accumulate(out.begin(), out.end(), out.size() * 3 + 1); };
  while (room > 0 && total() > room) {
    auto widest = std::max_element(out.begin(), out.end());
    if (*widest <= kNarrowest) break;
    --*widest;
  }
  return out;
}

void TextTable::print() const {
  const auto width = widths(terminal_width(Stream::out));
  const auto line = [&](const auto& cell) {
    std::string text = "│";
    for (std::size_t c = 0; c < columns_.size(); ++c) text += " " + cell(c) + " │";
    print_out("{}\n", text);
  };
  print_out("{}", rule(width, "┌", "┬", "┐"));
  line([&](std::size_t c) {
    const auto title = cut(columns_[c].title, width[c]);
    return padded(styled(Stream::out, Style::bold, title), display_width(title), width[c],
                  columns_[c].align);
  });
  print_out("{}", rule(width, "├", "┼", "┤"));
  for (const auto& row : rows_)
    line([&](std::size_t c) {
      if (!row[c])
        return padded(styled(Stream::out, Style::dim, "NULL"), 4, width[c], columns_[c].align);
      const auto text = cut(one_line(*row[c]), width[c]);
      return padded(text, display_width(text), width[c], columns_[c].align);
    });
  print_out("{}", rule(width, "└", "┴", "┘"));
}

}  // namespace quarentena::cli
