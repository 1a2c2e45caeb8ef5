#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sources/format/text_arena.h"

/// The little of XML that office documents need, over text in memory: no validation, no DTD (so no
/// entity can grow), names without their namespace prefix. Text must be UTF-8 and be followed by
/// TextWindow::kPadding zero bytes.
namespace quarentena {

enum class XmlStep {
  ok,
  incomplete,  ///< the text ends first: try again with more of it
};

struct XmlTag {
  std::string_view name;        ///< local: `row` for `<x:row r="1">`
  std::string_view attributes;  ///< what stands between name and end, raw
  bool closing = false;         ///< `</row>`
  bool empty = false;           ///< `<row/>`
};

/// Moves `at` behind the next tag, over text, comments, CDATA and processing instructions.
XmlStep next_tag(const char*& at, const char* end, XmlTag& tag);

/// Moves `at`, just behind the start tag, over the element's content and its end tag.
XmlStep skip_element(const char*& at, const char* end);

/// An attribute's value by local name, decoded.
std::optional<std::string> attribute(const XmlTag& tag, std::string_view name);

/// Moves `at`, just behind a start tag, over the element and its end tag, and gives its text
/// (entities, CDATA and `_xHHHH_` decoded). It stays in place if it can, else it goes to the arena.
XmlStep element_text(const char*& at, const char* end, TextArena& arena, std::string_view& text);

/// The same for an element that holds a string (`is`, `si`): the text of all its `t`, whether plain
/// or in runs; the phonetic guide (`rPh`) is left out.
XmlStep string_item(const char*& at, const char* end, TextArena& arena, std::string_view& text);

/// Plain text from `at`: where it stops (the next '<', or the end), and whether it needs decoding.
struct XmlText {
  const char* stop;
  bool plain;
};
XmlText scan_text(const char* at, const char* end);

/// The UTF-8 text in [text) with entities and, if `escapes`, `_xHHHH_` decoded.
void append_decoded(std::string& out, std::string_view text, bool escapes);

}  // namespace quarentena
