#include "base/event_line.h"

#include <fmt/format.h>

#include <iterator>

#include "base/date.h"

namespace quarentena {
namespace {

/// Bytes of the UTF-8 character at the beginning of `text`; 0: it is none.
std::size_t length_of_character(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = first < 0x80                    ? 1
                             : first >= 0xC2 && first < 0xE0 ? 2
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xF0 && first < 0xF5 ? 4
                                                             : 0;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) return 0;
  return length;
}

std::string as_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto length = length_of_character(text);
    out += length == 0 ? std::string_view("?") : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace

std::string event_line(std::string_view event, std::initializer_list<EventField> fields) {
  std::string line = fmt::format(R"({{"time":"{}","event":"{}")", now_utc_iso(), event);
  for (const auto& [field, value] : fields) {
    line += fmt::format(R"(,"{}":")", field);
    append_escaped(line, as_utf8(value));
    line += '"';
  }
  return line + "}\n";
}

void append_escaped(std::string& out, std::string_view text) {
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, done, i - done);
    done = i + 1;
    if (c == '"' || c == '\\') {
      out += '\\';
      out += text[i];
    } else {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    }
  }
  out.append(text, done);
}

}  // namespace quarentena
