#include "sources/format/number_format.h"

#include <strings.h>

#include <algorithm>

namespace quarentena {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// `[h]`, `[mm]`, `[ss]`: hours, minutes or seconds that do not wrap.
bool is_elapsed(std::string_view block) {
  if (block.empty()) return false;
  const char first = lower(block.front());
  return (first == 'h' || first == 'm' || first == 's') &&
         std::all_of(block.begin(), block.end(), [&](char c) { return lower(c) == first; });
}

bool equals(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

struct Tokens {
  bool day = false;
  bool month = false;
  bool clock = false;
  bool elapsed = false;
};

/// The tokens of the first section: the one for positive numbers.
Tokens tokens_of(std::string_view code) {
  Tokens found;
  for (std::size_t i = 0; i < code.size() && code[i] != ';'; ++i) {
    const char c = lower(code[i]);
    if (c == '"') {
      i = std::min(code.find('"', i + 1), code.size());
    } else if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else if (c == '[') {
      const std::size_t close = std::min(code.find(']', i), code.size());
      found.elapsed = found.elapsed || is_elapsed(code.substr(i + 1, close - i - 1));
      i = close;
    } else if (equals(code.substr(i, 5), "am/pm")) {
      found.clock = true;
      i += 4;
    } else if (equals(code.substr(i, 3), "a/p")) {
      found.clock = true;
      i += 2;
    } else if (c == 'y' || c == 'd') {
      found.day = true;
    } else if (c == 'm') {
      found.month = true;
    } else if (c == 'h' || c == 's') {
      found.clock = true;
    }
  }
  return found;
}

}  // namespace

NumberKind builtin_number_kind(int id) {
  if ((id >= 14 && id <= 17) || id == 22) return NumberKind::date;
  // What East Asian versions of Excel show as dates.
  if ((id >= 27 && id <= 36) || (id >= 50 && id <= 58)) return NumberKind::date;
  if ((id >= 18 && id <= 21) || id == 45 || id == 47) return NumberKind::time;
  return NumberKind::number;
}

NumberKind number_kind(std::string_view code) {
  if (equals(code, "General") || equals(code, "Standard")) return NumberKind::number;
  const Tokens found = tokens_of(code);
  if (found.elapsed) return NumberKind::number;
  if (found.day) return NumberKind::date;
  if (found.clock) return NumberKind::time;
  return found.month ? NumberKind::date : NumberKind::number;
}

}  // namespace quarentena
