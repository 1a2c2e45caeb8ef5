#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace quarentena::duck {

/// Memory that is given out in small pieces and released all at once. Any thread may allocate: each
/// cuts its pieces from a block of its own.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Never null; throws std::bad_alloc. Not aligned: for bytes.
  char* allocate(std::size_t size) {
    thread_local Block block;
    if (block.owner != id_ || block.left < size) block = next_block(size);
    char* piece = block.at;
    block.at += size;
    block.left -= size;
    return piece;
  }

 private:
  struct Block {
    std::uint64_t owner = 0;
    char* at = nullptr;
    std::size_t left = 0;
  };
  static constexpr std::size_t kBlockBytes = 1 << 18;

  Block next_block(std::size_t at_least) {
    const auto size = at_least > kBlockBytes ? at_least : kBlockBytes;
    auto memory = std::make_unique_for_overwrite<char[]>(size);
    Block block{id_, memory.get(), size};
    const std::lock_guard lock(mutex_);
    blocks_.push_back(std::move(memory));
    return block;
  }

  // A number, not an address: a later arena may stand where an earlier one stood.
  static inline std::atomic<std::uint64_t> next_id_{1};
  const std::uint64_t id_ = next_id_++;
  std::mutex mutex_;
  std::vector<std::unique_ptr<char[]>> blocks_;
};

}  // namespace quarentena::duck
