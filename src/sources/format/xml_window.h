#pragma once

#include <memory>
#include <string>

#include "sources/format/byte_source.h"
#include "sources/format/text_window.h"

namespace quarentena {

/// A window over the XML of one part of an office document, known to be UTF-8.
class XmlWindow {
 public:
  /// `name` is how errors call the part.
  static Result<XmlWindow> open(std::unique_ptr<ByteSource> bytes, std::string name);

  const char* begin() const { return window_.begin(); }
  const char* end() const { return window_.end(); }
  bool complete() const { return window_.complete(); }
  /// Keeps the text from `position` on and reads more. Errors: as the source; data when the part
  /// ends here already, since whoever asks needs more of it.
  Status refill(const char* position);
  /// Reads to the end without looking, so that the archive's checksum is compared.
  Status drain();
  std::uint64_t consumed() const { return window_.consumed(); }
  const std::string& name() const { return window_.name(); }

 private:
  explicit XmlWindow(TextWindow window) : window_(std::move(window)) {}
  Status check_text(std::size_t already_checked) const;

  TextWindow window_;
};

/// The whole of a small part (at most 64 MiB), followed by zero bytes as xml_scanner.h asks.
/// `size` is its length without them.
struct XmlPart {
  std::string text;
  std::size_t size = 0;
  const char* begin() const { return text.data(); }
  const char* end() const { return text.data() + size; }
};
Result<XmlPart> read_part(ByteSource& bytes, const std::string& name);

}  // namespace quarentena
