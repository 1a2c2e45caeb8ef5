#include "sources/format/text_encoding.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "sources/format/file_kind.h"

namespace quarentena {
namespace {

constexpr std::size_t kPeekBytes = std::size_t{64} << 10;
constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";

enum class Encoding { utf8, utf16le, utf16be, latin1, windows1252 };

/// https://encoding.spec.whatwg.org/#windows-1252, bytes 0x80 to 0x9f; the rest is Latin-1.
constexpr std::array<char16_t, 32> kWindows1252 = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178};

struct Found {
  Encoding encoding;
  std::size_t mark_bytes;
};

/// A source whose first bytes were read already, to look at them.
class Peeked : public ByteSource {
 public:
  Peeked(std::string head, std::unique_ptr<ByteSource> rest)
      : head_(std::move(head)), rest_(std::move(rest)) {}

  Result<std::size_t> read(char* out, std::size_t capacity) override {
    if (at_ == head_.size()) return rest_->read(out, capacity);
    const std::size_t size = std::min(capacity, head_.size() - at_);
    std::memcpy(out, head_.data() + at_, size);
    at_ += size;
    return size;
  }
  std::uint64_t consumed() const override { return rest_->consumed(); }

 private:
  std::string head_;
  std::unique_ptr<ByteSource> rest_;
  std::size_t at_ = 0;
};

/// Base of the sources that translate block by block into a string.
class Transcoder : public ByteSource {
 public:
  explicit Transcoder(std::unique_ptr<ByteSource> bytes) : bytes_(std::move(bytes)) {}

  Result<std::size_t> read(char* out, std::size_t capacity) override {
    while (at_ == text_.size() && !ended_) {
      text_.clear();
      at_ = 0;
      block_.resize(kPeekBytes);
      TRY_ASSIGN(const std::size_t got, read_fully(*bytes_, block_.data(), block_.size()));
      ended_ = got < kPeekBytes;
      translate(std::string_view(block_).substr(0, got), ended_, text_);
    }
    const std::size_t size = std::min(capacity, text_.size() - at_);
    std::memcpy(out, text_.data() + at_, size);
    at_ += size;
    return size;
  }
  std::uint64_t consumed() const override { return bytes_->consumed(); }

 protected:
  virtual void translate(std::string_view block, bool last, std::string& out) = 0;

 private:
  std::unique_ptr<ByteSource> bytes_;
  std::string block_;
  std::string text_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

class SingleByte : public Transcoder {
 public:
  SingleByte(std::unique_ptr<ByteSource> bytes, Encoding encoding)
      : Transcoder(std::move(bytes)), encoding_(encoding) {}

 protected:
  void translate(std::string_view block, bool, std::string& out) override {
    for (const char c : block) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x80) {
        out.push_back(c);
      } else if (byte < 0xa0 && encoding_ == Encoding::windows1252) {
        append_utf8(out, kWindows1252[byte - 0x80u]);
      } else {
        append_utf8(out, byte);
      }
    }
  }

 private:
  Encoding encoding_;
};

class Utf16 : public Transcoder {
 public:
  Utf16(std::unique_ptr<ByteSource> bytes, Encoding encoding)
      : Transcoder(std::move(bytes)), big_endian_(encoding == Encoding::utf16be) {}

 protected:
  /// Blocks have an even size, except the last one of a file that was cut off.
  void translate(std::string_view block, bool last, std::string& out) override {
    for (std::size_t i = 0; i + 1 < block.size(); i += 2) take(unit(block, i), out);
    if (last && high_ != 0) append_utf8(out, high_);
    if (block.size() % 2 != 0) out.push_back('\xff');
  }

 private:
  char16_t unit(std::string_view block, std::size_t i) const {
    const auto first = static_cast<unsigned char>(block[i]);
    const auto second = static_cast<unsigned char>(block[i + 1]);
    return static_cast<char16_t>(big_endian_ ? first << 8 | second : second << 8 | first);
  }

  void take(char16_t code, std::string& out) {
    const bool low = (code & 0xfc00) == 0xdc00;
    if (high_ != 0 && low) {
      append_utf8(out, 0x10000u + ((char32_t{high_} - 0xd800u) << 10) + (code - 0xdc00u));
      high_ = 0;
      return;
    }
    if (high_ != 0) append_utf8(out, high_);
    high_ = (code & 0xfc00) == 0xd800 ? code : char16_t{0};
    if (high_ == 0) append_utf8(out, code);
  }

  bool big_endian_;
  char16_t high_ = 0;
};

/// Text in our languages has a zero in every other byte of UTF-16, and none elsewhere.
bool zeros_at(std::string_view head, std::size_t first) {
  std::size_t zeros = 0;
  for (std::size_t i = first; i < head.size(); i += 2) zeros += head[i] == '\0' ? 1 : 0;
  return zeros * 4 > head.size();
}

Result<Found> find_encoding(std::string_view head, std::string_view wanted,
                            const std::string& name) {
  const bool utf8_mark = head.compare(0, 3, kUtf8Mark) == 0;
  const bool le_mark = head.compare(0, 2, "\xff\xfe") == 0;
  const bool be_mark = head.compare(0, 2, "\xfe\xff") == 0;
  if (wanted == "latin-1" || wanted == "windows-1252") {
    if (le_mark || be_mark || utf8_mark) {
      return fail(ErrorKind::data,
                  fmt::format("{}: begins with the mark of {}, not {}", name,
                              utf8_mark ? "UTF-8" : "UTF-16", wanted),
                  "set `encoding: auto`, which follows the mark");
    }
    return Found{wanted == "latin-1" ? Encoding::latin1 : Encoding::windows1252, 0};
  }
  if (wanted != "utf-8") {
    if (le_mark) return Found{Encoding::utf16le, 2};
    if (be_mark) return Found{Encoding::utf16be, 2};
  }
  if (wanted == "utf-16") {
    return Found{zeros_at(head, 0) ? Encoding::utf16be : Encoding::utf16le, 0};
  }
  if (le_mark || be_mark || zeros_at(head, 0) || zeros_at(head, 1)) {
    return fail(ErrorKind::data, fmt::format("{}: this is UTF-16 text, not UTF-8", name),
                "set `encoding: utf-16`");
  }
  return Found{Encoding::utf8, utf8_mark ? kUtf8Mark.size() : 0};
}

}  // namespace

Result<std::unique_ptr<ByteSource>> decode_text(std::unique_ptr<ByteSource> bytes,
                                                std::string_view encoding, const std::string& name,
                                                std::string_view format) {
  std::string head(kPeekBytes, '\0');
  TRY_ASSIGN(const std::size_t got, read_fully(*bytes, head.data(), head.size()));
  head.resize(got);
  if (const FileKind kind = kind_of(head); kind != FileKind::text) {
    return fail(ErrorKind::data,
                kind == FileKind::empty
                    ? fmt::format("{}: the file is empty", name)
                    : fmt::format("{}: this holds {}, not {}", name, describe(kind), format),
                kind == FileKind::empty ? "ask for the delivery again"
                                        : "deliver the plain file, or one gzip or zip around it");
  }
  TRY_ASSIGN(const Found found, find_encoding(head, encoding, name));
  head.erase(0, found.mark_bytes);
  auto text = std::make_unique<Peeked>(std::move(head), std::move(bytes));
  switch (found.encoding) {
    case Encoding::utf8:
      return text;
    case Encoding::utf16le:
    case Encoding::utf16be:
      return std::make_unique<Utf16>(std::move(text), found.encoding);
    case Encoding::latin1:
    case Encoding::windows1252:
      return std::make_unique<SingleByte>(std::move(text), found.encoding);
  }
  return text;
}

void append_utf8(std::string& out, char32_t code) {
  const auto push = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    push(code);
  } else if (code < 0x800) {
    push(0xc0 | code >> 6);
    push(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    push(0xe0 | code >> 12);
    push(0x80 | (code >> 6 & 0x3f));
    push(0x80 | (code & 0x3f));
  } else {
    push(0xf0 | code >> 18);
    push(0x80 | (code >> 12 & 0x3f));
    push(0x80 | (code >> 6 & 0x3f));
    push(0x80 | (code & 0x3f));
  }
}

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

std::string presentable(std::string_view text, std::size_t size) {
  if (text.size() > size) {
    text = text.substr(0, size);
    // Continuation bytes at the cut belong to a character that no longer fits.
    std::size_t tail = text.size();
    while (tail > 0 && text.size() - tail < 4 && (text[tail - 1] & 0xc0) == 0x80) --tail;
    if (tail > 0 && (text[tail - 1] & 0xc0) == 0xc0 && !is_utf8(text.substr(tail - 1))) {
      text = text.substr(0, tail - 1);
    }
  }
  if (is_utf8(text)) return std::string(text);
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = 1;
    while (length < 4 && i + length < text.size() && (text[i + length] & 0xc0) == 0x80) ++length;
    while (length > 1 && !is_utf8(text.substr(i, length))) --length;
    const bool valid = is_utf8(text.substr(i, length));
    if (out.size() + (valid ? length : 3) > size) break;
    out.append(valid ? text.substr(i, length) : std::string_view("\xef\xbf\xbd"));
    i += length;
  }
  return out;
}

}  // namespace quarentena
