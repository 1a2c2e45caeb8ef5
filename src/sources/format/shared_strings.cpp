#include "sources/format/shared_strings.h"

#include <fmt/format.h>

#include <cstring>

#include "sources/format/xml_scanner.h"
#include "sources/format/xml_window.h"

namespace quarentena {
namespace {

enum class Item { string, other, end, incomplete };

/// The next string of the table. Nearly all are written in one way, which is worth a short cut.
Item next_item(const char*& at, const char* end, TextArena& scratch, std::string_view& text) {
  constexpr std::string_view open = "<si><t>";
  constexpr std::string_view close = "</t></si>";
  if (std::memcmp(at, open.data(), open.size()) == 0) {
    const XmlText found = scan_text(at + open.size(), end);
    if (found.stop < end && found.plain &&
        std::memcmp(found.stop, close.data(), close.size()) == 0) {
      text = std::string_view(at + open.size(),
                              static_cast<std::size_t>(found.stop - at) - open.size());
      at = found.stop + close.size();
      return at <= end ? Item::string : Item::incomplete;
    }
  }
  XmlTag tag;
  if (next_tag(at, end, tag) == XmlStep::incomplete) return Item::incomplete;
  if (tag.name == "sst" && (tag.closing || tag.empty)) return Item::end;
  if (tag.name != "si" || tag.closing) return Item::other;
  if (tag.empty) {
    text = std::string_view(at, 0);
    return Item::string;
  }
  const XmlStep step = string_item(at, end, scratch, text);
  return step == XmlStep::ok ? Item::string : Item::incomplete;
}

}  // namespace

Status SharedStrings::load(std::unique_ptr<ByteSource> part, const std::string& name,
                           std::size_t most) {
  TRY_ASSIGN(XmlWindow window, XmlWindow::open(std::move(part), name));
  TextArena scratch;
  const char* at = window.begin();
  while (texts_.size() < most) {
    const char* from = at;
    std::string_view text;
    switch (next_item(from, window.end(), scratch, text)) {
      case Item::end:
        return window.drain();
      case Item::incomplete:
        TRY_STATUS(window.refill(at));
        at = window.begin();
        scratch.clear();
        continue;
      case Item::string:
        texts_.push_back(arena_.copy(text));
        bytes_ += text.size();
        break;
      case Item::other:
        break;
    }
    at = from;
    if (bytes_ > kMostBytes) {
      return fail(ErrorKind::data,
                  fmt::format("{}: more than {} MiB of text", name, kMostBytes >> 20),
                  "deliver the rows in several workbooks, or as csv");
    }
  }
  return {};
}

}  // namespace quarentena
