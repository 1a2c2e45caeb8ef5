#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace quarentena {

/// Where a csv's structural characters stand: one bit a byte, found 64 bytes at a time.
class CsvStructure {
 public:
  /// `text` must be readable up to the next multiple of 64 bytes.
  void mark(const char* text, std::size_t size, char separator, char quote, char newline);

  /// Positions in order, from a given one (at most `size`) on. `size` or more says that there are
  /// no further ones: stop asking.
  class Cursor {
   public:
    Cursor(const CsvStructure& structure, std::size_t from)
        : masks_(structure.masks_.data()),
          block_(from / 64),
          bits_(masks_[block_] & (~std::uint64_t{0} << (from % 64))) {}

    std::size_t next() {
      while (bits_ == 0) bits_ = masks_[++block_];
      const std::size_t position = block_ * 64 + static_cast<std::size_t>(__builtin_ctzll(bits_));
      bits_ &= bits_ - 1;
      return position;
    }

   private:
    const std::uint64_t* masks_;
    std::size_t block_;
    std::uint64_t bits_;
  };

 private:
  std::vector<std::uint64_t> masks_;
};

}  // namespace quarentena
