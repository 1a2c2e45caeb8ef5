#include "config/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

namespace quarentena {
namespace {

constexpr std::size_t kMaxShown = 50;       // problems printed; a broken file has one cause, not 50
constexpr std::size_t kMaxQuoted = 60;      // characters of a value in a message
constexpr std::size_t kMaxLineShown = 100;  // characters of a source line

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Byte offset of character `count` of valid or invalid UTF-8.
std::size_t offset_of(std::string_view text, std::size_t count) {
  std::size_t i = 0;
  for (; i < text.size() && count > 0; --count) {
    ++i;
    while (i < text.size() && is_continuation(text[i])) ++i;
  }
  return i;
}

std::string printable(std::string_view text) {
  std::string out;
  for (char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  return out;
}

std::string excerpt(const Problem& problem) {
  if (problem.line.empty() || problem.at.column < 1) return {};
  auto column = static_cast<std::size_t>(problem.at.column) - 1;
  std::string_view shown = problem.line;
  if (column > kMaxLineShown - 20) {
    const std::size_t skipped = column - kMaxLineShown / 2;
    shown.remove_prefix(offset_of(shown, skipped));
    column -= skipped;
  }
  shown = shown.substr(0, offset_of(shown, kMaxLineShown));
  return fmt::format("\n{:>5} | {}\n      | {}^", problem.at.line, printable(shown),
                     std::string(column, ' '));
}

std::string format_one(const std::string& file, const Problem& problem) {
  std::string out = problem.at.line == 0 ? fmt::format("{}: error: {}", file, problem.message)
                                         : fmt::format("{}:{}:{}: error: {}", file, problem.at.line,
                                                       problem.at.column, problem.message);
  out += excerpt(problem);
  if (!problem.hint.empty()) out += fmt::format("\n  hint: {}", problem.hint);
  return out;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// `word` of a key that names a credential, lower case.
bool names_secret(std::string_view word) {
  static constexpr std::array<std::string_view, 13> marks{
      "secret", "passw", "passphrase", "pwd",  "token",      "senha",    "private",
      "sas",    "_key",  "apikey",     "auth", "credential", "credencia"};
  return std::any_of(marks.begin(), marks.end(), [&](std::string_view mark) {
    return word.find(mark) != std::string_view::npos;
  });
}

}  // namespace

std::string format_problems(const Problems& problems) {
  std::string out;
  for (std::size_t i = 0; i < problems.list.size() && i < kMaxShown; ++i) {
    if (i > 0) out += '\n';
    out += format_one(problems.file, problems.list[i]);
  }
  if (problems.list.size() > kMaxShown) {
    out += fmt::format("\nand {} more", problems.list.size() - kMaxShown);
  }
  return out;
}

std::string in_quotes(std::string_view text) {
  const std::size_t end = offset_of(text, kMaxQuoted);
  std::string out = "'";
  for (char c : text.substr(0, end)) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + (end < text.size() ? "...'" : "'");
}

std::size_t first_invalid_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i]);
    std::size_t more = 0;
    unsigned code = lead;
    if (lead >= 0x80) {
      if (lead >= 0xC2 && lead <= 0xDF)
        more = 1, code = lead & 0x1FU;
      else if (lead >= 0xE0 && lead <= 0xEF)
        more = 2, code = lead & 0x0FU;
      else if (lead >= 0xF0 && lead <= 0xF4)
        more = 3, code = lead & 0x07U;
      else
        return i;
    }
    for (std::size_t k = 1; k <= more; ++k) {
      if (i + k >= text.size() || !is_continuation(text[i + k])) return i;
      code = (code << 6U) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    }
    const bool overlong = (more == 2 && code < 0x800) || (more == 3 && code < 0x10000);
    if (overlong || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return i;
    i += more + 1;
  }
  return std::string_view::npos;
}

bool has_password(std::string_view after_scheme) {
  // Other colons of a host: an IPv6 address, and the day of the load.
  static constexpr std::string_view dated = "{data_carga:";
  if (after_scheme.starts_with('[')) {
    after_scheme.remove_prefix(std::min(after_scheme.find(']'), after_scheme.size()));
  }
  std::string host(after_scheme.substr(0, after_scheme.find_first_of("/ \"'")));
  for (std::size_t at = host.find(dated); at != std::string::npos; at = host.find(dated)) {
    host.erase(at, dated.size());
  }
  const std::size_t colon = host.find(':');
  if (colon == std::string::npos) return false;
  return host.find('@', colon) != std::string::npos ||
         host.find_first_not_of("0123456789", colon + 1) != std::string::npos;
}

bool may_hold_secret(std::string_view line) {
  std::string lower(line);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (std::size_t colon = lower.find_first_of(":="); colon != std::string::npos;
       colon = lower.find_first_of(":=", colon + 1)) {
    std::size_t end = colon;
    while (end > 0 && (lower[end - 1] == ' ' || lower[end - 1] == '"' || lower[end - 1] == '\'')) {
      --end;
    }
    std::size_t begin = end;
    while (begin > 0 && is_word(lower[begin - 1])) --begin;
    const std::string_view word = std::string_view(lower).substr(begin, end - begin);
    if (names_secret(word) || word == "sig" || word == "signature") return true;
  }
  for (std::size_t at = lower.find("://"); at != std::string::npos;
       at = lower.find("://", at + 3)) {
    if (has_password(std::string_view(lower).substr(at + 3))) return true;
  }
  return false;
}

}  // namespace quarentena
