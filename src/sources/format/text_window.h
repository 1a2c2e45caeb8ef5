#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "sources/format/byte_source.h"

namespace quarentena {

/// The part of a text that is in memory: a buffer that slides over the source. Text between refills
/// does not move, so cells may point into it.
class TextWindow {
 public:
  /// Bytes that may be read, though they mean nothing, behind the end: whole SIMD blocks, and what
  /// simdjson asks for.
  static constexpr std::size_t kPadding = 64;
  static constexpr std::size_t kBytes = std::size_t{1} << 19;
  /// A record that does not fit in this is damage, not data.
  static constexpr std::size_t kLargest = std::size_t{32} << 20;

  TextWindow(std::unique_ptr<ByteSource> source, std::string name, std::size_t capacity = kBytes);

  const char* begin() const { return buffer_.get() + begin_; }
  const char* end() const { return buffer_.get() + end_; }
  std::size_t size() const { return end_ - begin_; }
  /// Everything the source has is in the window.
  bool complete() const { return complete_; }

  /// The text before `position` is done with.
  void consume(const char* position);
  /// Moves what is left to the front and reads more behind it; grows when nothing could be
  /// consumed. Pointers into the window are invalid afterwards. At the end of the text, a missing
  /// last newline
  /// (`newline`) is added, so that every line has one.
  Status refill(char newline);

  std::uint64_t consumed() const { return source_->consumed(); }
  const std::string& name() const { return name_; }

 private:
  Status make_room();

  std::unique_ptr<ByteSource> source_;
  std::string name_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool complete_ = false;
};

}  // namespace quarentena
