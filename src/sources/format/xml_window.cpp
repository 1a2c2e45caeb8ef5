#include "sources/format/xml_window.h"

#include <fmt/format.h>

#include "sources/format/text_encoding.h"

namespace quarentena {
namespace {

constexpr std::size_t kWindowBytes = std::size_t{1} << 20;
constexpr std::size_t kLargestPart = std::size_t{64} << 20;

/// Up to three bytes of a character whose rest is not there yet.
std::size_t unfinished_tail(std::string_view text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) {
      const std::size_t whole = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return whole > back ? back : 0;
    }
  }
  return 0;
}

tl::unexpected<Error> not_utf8(const std::string& name) {
  return fail(ErrorKind::data, fmt::format("{}: holds bytes that are not UTF-8", name),
              "save the workbook again with a spreadsheet program");
}

}  // namespace

Result<XmlWindow> XmlWindow::open(std::unique_ptr<ByteSource> bytes, std::string name) {
  TRY_ASSIGN(auto text, decode_text(std::move(bytes), "auto", name, "XML"));
  XmlWindow window(TextWindow(std::move(text), std::move(name), kWindowBytes));
  TRY_STATUS(window.window_.refill('\n'));
  TRY_STATUS(window.check_text(0));
  return window;
}

Status XmlWindow::refill(const char* position) {
  if (window_.complete()) {
    return fail(Defect::truncated, fmt::format("{}: ends in the middle", name()),
                "the workbook was cut off or changed on the way: fetch or send it again");
  }
  window_.consume(position);
  const std::size_t kept = window_.size();
  TRY_STATUS(window_.refill('\n'));
  return check_text(kept);
}

Status XmlWindow::check_text(std::size_t already_checked) const {
  const std::string_view text(window_.begin(), window_.size());
  // The last character of what was there may have been half a character.
  const std::size_t from = already_checked - unfinished_tail(text.substr(0, already_checked));
  std::string_view fresh = text.substr(from);
  if (!window_.complete()) fresh.remove_suffix(unfinished_tail(fresh));
  return is_utf8(fresh) ? Status() : Status(not_utf8(name()));
}

Status XmlWindow::drain() {
  while (!window_.complete()) {
    window_.consume(window_.end());
    TRY_STATUS(window_.refill('\n'));
  }
  return {};
}

Result<XmlPart> read_part(ByteSource& bytes, const std::string& name) {
  XmlPart part;
  for (;;) {
    constexpr std::size_t kStep = std::size_t{64} << 10;
    part.text.resize(part.size + kStep);
    TRY_ASSIGN(const std::size_t got, read_fully(bytes, part.text.data() + part.size, kStep));
    part.size += got;
    if (got < kStep) break;
    if (part.size > kLargestPart) {
      return fail(ErrorKind::data,
                  fmt::format("{}: is larger than {} MiB", name, kLargestPart >> 20),
                  "save the workbook again with a spreadsheet program");
    }
  }
  part.text.resize(part.size);
  part.text.resize(part.size + TextWindow::kPadding, '\0');
  if (!is_utf8(std::string_view(part.begin(), part.size))) return not_utf8(name);
  return part;
}

}  // namespace quarentena
