#include "sources/format/xml_scanner.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>

#include "sources/format/text_encoding.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace quarentena {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kCdata = "<![CDATA[";
constexpr char32_t kReplacement = 0xfffd;

bool starts(const char* at, const char* end, std::string_view with) {
  return static_cast<std::size_t>(end - at) >= with.size() &&
         std::memcmp(at, with.data(), with.size()) == 0;
}

const char* find(const char* at, const char* end, std::string_view what) {
  const std::size_t place = std::string_view(at, static_cast<std::size_t>(end - at)).find(what);
  return place == std::string_view::npos ? nullptr : at + place;
}

/// The '>' that ends a tag; one inside an attribute's value does not.
const char* tag_end(const char* at, const char* end) {
  while (at < end) {
    if (*at == '>') return at;
    if (*at == '"' || *at == '\'') {
      at = static_cast<const char*>(
          std::memchr(at + 1, *at, static_cast<std::size_t>(end - at - 1)));
      if (at == nullptr) return nullptr;
    }
    ++at;
  }
  return nullptr;
}

/// Behind a comment, CDATA, processing instruction or declaration; null when it is not all there.
const char* skip_markup(const char* at, const char* end) {
  const auto behind = [&](std::string_view what) {
    const char* found = find(at, end, what);
    return found == nullptr ? nullptr : found + what.size();
  };
  if (starts(at, end, "<!--")) return behind("-->");
  if (starts(at, end, kCdata)) return behind("]]>");
  if (starts(at, end, "<?")) return behind("?>");
  return behind(">");
}

bool is_markup(const char* at, const char* end) {
  return at + 1 < end && (at[1] == '!' || at[1] == '?');
}

void split(std::string_view inside, XmlTag& tag) {
  tag.closing = !inside.empty() && inside.front() == '/';
  if (tag.closing) inside.remove_prefix(1);
  tag.empty = !inside.empty() && inside.back() == '/';
  if (tag.empty) inside.remove_suffix(1);
  const std::size_t size = std::min(inside.find_first_of(kBlanks), inside.size());
  tag.name = inside.substr(0, size);
  tag.attributes = inside.substr(size);
  const std::size_t colon = tag.name.rfind(':');
  if (colon != std::string_view::npos) tag.name.remove_prefix(colon + 1);
}

void append_code(std::string& out, char32_t code) {
  const bool valid = code != 0 && code < 0x110000 && (code & 0xfffff800) != 0xd800;
  append_utf8(out, valid ? code : kReplacement);
}

std::optional<char32_t> numeric_entity(std::string_view digits) {
  int base = 10;
  if (!digits.empty() && (digits.front() == 'x' || digits.front() == 'X')) {
    base = 16;
    digits.remove_prefix(1);
  }
  std::uint32_t code = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), code, base);
  const bool all = parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
  if (parsed.ec == std::errc::result_out_of_range) return kReplacement;
  return all && !digits.empty() ? std::optional<char32_t>(code) : std::nullopt;
}

/// Decodes the entity at the start of `text` ("&...;"); the bytes it took, 0 when it is none.
std::size_t take_entity(std::string& out, std::string_view text) {
  constexpr std::size_t kLongest = 12;
  const std::size_t end = text.substr(0, kLongest).find(';');
  if (end == std::string_view::npos) return 0;
  const std::string_view name = text.substr(1, end - 1);
  if (name == "amp") {
    out.push_back('&');
  } else if (name == "lt") {
    out.push_back('<');
  } else if (name == "gt") {
    out.push_back('>');
  } else if (name == "quot") {
    out.push_back('"');
  } else if (name == "apos") {
    out.push_back('\'');
  } else if (!name.empty() && name.front() == '#') {
    const auto code = numeric_entity(name.substr(1));
    if (!code) return 0;
    append_code(out, *code);
  } else {
    return 0;
  }
  return end + 1;
}

/// `_x000D_`: how a workbook writes what XML cannot hold (ECMA-376 part 1, 22.9.2.19). One UTF-16
/// unit each.
std::optional<std::uint16_t> escaped_unit(std::string_view text) {
  constexpr std::size_t kSize = 7;
  if (text.size() < kSize || text[1] != 'x' || text[6] != '_') return std::nullopt;
  std::uint16_t unit = 0;
  const char* const first = text.data() + 2;
  const auto parsed = std::from_chars(first, first + 4, unit, 16);
  if (parsed.ec != std::errc() || parsed.ptr != first + 4) return std::nullopt;
  return unit;
}

std::size_t take_escape(std::string& out, std::string_view text) {
  const auto unit = escaped_unit(text);
  if (!unit) return 0;
  if ((*unit & 0xfc00) == 0xd800 && text.size() > 7 && text[7] == '_') {
    const auto low = escaped_unit(text.substr(7));
    if (low && (*low & 0xfc00) == 0xdc00) {
      append_utf8(out, 0x10000u + ((*unit & 0x3ffu) << 10) + (*low & 0x3ffu));
      return 14;
    }
  }
  append_code(out, *unit);
  return 7;
}

/// Appends the text of the element whose start tag ends at `at`, and moves behind its end tag.
XmlStep append_element(const char*& at, const char* end, std::string& out) {
  int depth = 1;
  while (at < end) {
    const XmlText text = scan_text(at, end);
    if (text.stop == end) break;
    append_decoded(out, std::string_view(at, static_cast<std::size_t>(text.stop - at)), true);
    at = text.stop;
    if (is_markup(at, end)) {
      const char* behind = skip_markup(at, end);
      if (behind == nullptr) break;
      if (starts(at, end, kCdata)) out.append(at + kCdata.size(), behind - 3);
      at = behind;
      continue;
    }
    XmlTag tag;
    if (next_tag(at, end, tag) == XmlStep::incomplete) break;
    if (tag.closing && --depth == 0) return XmlStep::ok;
    if (!tag.closing && !tag.empty) ++depth;
  }
  return XmlStep::incomplete;
}

}  // namespace

XmlStep next_tag(const char*& at, const char* end, XmlTag& tag) {
  for (const char* from = at;;) {
    from = static_cast<const char*>(std::memchr(from, '<', static_cast<std::size_t>(end - from)));
    if (from == nullptr || from + 1 >= end) return XmlStep::incomplete;
    if (is_markup(from, end)) {
      from = skip_markup(from, end);
      if (from == nullptr) return XmlStep::incomplete;
      continue;
    }
    const char* const close = tag_end(from + 1, end);
    if (close == nullptr) return XmlStep::incomplete;
    split(std::string_view(from + 1, static_cast<std::size_t>(close - from - 1)), tag);
    at = close + 1;
    return XmlStep::ok;
  }
}

XmlStep skip_element(const char*& at, const char* end) {
  XmlTag tag;
  for (int depth = 1; depth > 0;) {
    if (next_tag(at, end, tag) == XmlStep::incomplete) return XmlStep::incomplete;
    if (tag.closing) {
      --depth;
    } else if (!tag.empty) {
      ++depth;
    }
  }
  return XmlStep::ok;
}

std::optional<std::string> attribute(const XmlTag& tag, std::string_view name) {
  std::string_view rest = tag.attributes;
  for (;;) {
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    std::string_view key = rest.substr(0, equals);
    const std::size_t quote = rest.find_first_of("\"'", equals);
    if (quote == std::string_view::npos) return std::nullopt;
    const std::size_t close = rest.find(rest[quote], quote + 1);
    if (close == std::string_view::npos) return std::nullopt;
    const std::size_t first = key.find_first_not_of(kBlanks);
    key = first == std::string_view::npos ? std::string_view() : key.substr(first);
    key = key.substr(0, key.find_first_of(kBlanks));
    const std::size_t colon = key.rfind(':');
    if (colon != std::string_view::npos) key.remove_prefix(colon + 1);
    if (key == name) {
      std::string value;
      append_decoded(value, rest.substr(quote + 1, close - quote - 1), false);
      return value;
    }
    rest.remove_prefix(close + 1);
  }
}

XmlStep element_text(const char*& at, const char* end, TextArena& arena, std::string_view& text) {
  const XmlText found = scan_text(at, end);
  if (found.stop < end && found.plain && found.stop[1] == '/') {
    text = std::string_view(at, static_cast<std::size_t>(found.stop - at));
    XmlTag tag;
    at = found.stop;
    return next_tag(at, end, tag);
  }
  std::string decoded;
  const XmlStep step = append_element(at, end, decoded);
  if (step == XmlStep::ok) text = arena.copy(decoded);
  return step;
}

XmlStep string_item(const char*& at, const char* end, TextArena& arena, std::string_view& text) {
  text = std::string_view(at, 0);
  std::string joined;
  int depth = 1;
  for (int pieces = 0;;) {
    XmlTag tag;
    if (next_tag(at, end, tag) == XmlStep::incomplete) return XmlStep::incomplete;
    if (tag.closing) {
      if (--depth > 0) continue;
      if (pieces > 1) text = arena.copy(joined);
      return XmlStep::ok;
    }
    if (tag.empty) continue;
    if (tag.name == "t") {
      std::string_view piece;
      if (element_text(at, end, arena, piece) == XmlStep::incomplete) return XmlStep::incomplete;
      if (pieces++ == 0) text = piece;
      joined += piece;
    } else if (tag.name == "rPh") {
      if (skip_element(at, end) == XmlStep::incomplete) return XmlStep::incomplete;
    } else {
      ++depth;
    }
  }
}

XmlText scan_text(const char* at, const char* end) {
  bool plain = true;
#if defined(__SSE2__)
  const __m128i open = _mm_set1_epi8('<');
  const __m128i entity = _mm_set1_epi8('&');
  const __m128i escape = _mm_set1_epi8('_');
  const __m128i x = _mm_set1_epi8('x');
  const __m128i cr = _mm_set1_epi8('\r');
  for (; at < end; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto opens = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, open)));
    // An underscore matters only as the start of `_xHHHH_`; mail addresses are full of others.
    const __m128i following = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 1));
    const __m128i escapes =
        _mm_and_si128(_mm_cmpeq_epi8(bytes, escape), _mm_cmpeq_epi8(following, x));
    const auto odd = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(
        _mm_cmpeq_epi8(bytes, entity), _mm_or_si128(escapes, _mm_cmpeq_epi8(bytes, cr)))));
    if (opens == 0) {
      plain = plain && odd == 0;
      continue;
    }
    const unsigned before = (opens & (0u - opens)) - 1;
    plain = plain && (odd & before) == 0;
    at += __builtin_ctz(opens);
    return {std::min(at, end), plain};
  }
  return {end, plain};
#else
  for (; at < end && *at != '<'; ++at) {
    plain = plain && *at != '&' && *at != '\r' && !(at[0] == '_' && at[1] == 'x');
  }
  return {at, plain};
#endif
}

void append_decoded(std::string& out, std::string_view text, bool escapes) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t stop = std::min(text.find_first_of("&_\r", i), text.size());
    out.append(text, i, stop - i);
    i = stop;
    if (i == text.size()) return;
    std::size_t took = 0;
    if (text[i] == '&') {
      took = take_entity(out, text.substr(i));
    } else if (text[i] == '_' && escapes) {
      took = take_escape(out, text.substr(i));
    } else if (text[i] == '\r') {
      // XML 1.0, 2.11: a line ends with LF, however it is written.
      out.push_back('\n');
      took = text.compare(i, 2, "\r\n") == 0 ? 2 : 1;
    }
    if (took == 0) out.push_back(text[i]);
    i += std::max<std::size_t>(took, 1);
  }
}

}  // namespace quarentena
