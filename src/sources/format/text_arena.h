#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace quarentena {

/// Room for cell text that cannot stay where it was read (unescaped, decoded). What it handed out
/// stays in place until clear(), which keeps the memory for the next batch.
class TextArena {
 public:
  /// At least `size` bytes to write into; commit() says how many of them count.
  char* reserve(std::size_t size) {
    if (size > left_) take_chunk(size);
    return at_;
  }
  std::string_view commit(std::size_t size) {
    const std::string_view text(at_, size);
    at_ += size;
    left_ -= size;
    return text;
  }
  std::string_view copy(std::string_view text) {
    std::copy(text.begin(), text.end(), reserve(text.size() + 1));
    return commit(text.size());
  }
  void clear() {
    used_ = 0;
    left_ = 0;
  }

 private:
  static constexpr std::size_t kChunkBytes = std::size_t{256} << 10;
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };

  void take_chunk(std::size_t size) {
    while (used_ < chunks_.size() && chunks_[used_].size < size) ++used_;
    if (used_ == chunks_.size()) {
      const std::size_t bytes = std::max(size, kChunkBytes);
      chunks_.push_back({std::unique_ptr<char[]>(new char[bytes]), bytes});
    }
    at_ = chunks_[used_].bytes.get();
    left_ = chunks_[used_].size;
    ++used_;
  }

  std::vector<Chunk> chunks_;
  std::size_t used_ = 0;
  char* at_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace quarentena
