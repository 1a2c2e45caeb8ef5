#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

namespace quarentena::serve {

/// A value that one thread replaces while many read it. What a reader holds stays whole as long as
/// it holds it; after set() returned no new question sees the old one.
template <class T>
class Current {
 public:
  void set(std::shared_ptr<const T> value) {
    const std::lock_guard lock(mutex_);
    value_ = std::move(value);
    generation_.fetch_add(1, std::memory_order_release);
  }

  std::shared_ptr<const T> get() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }

  /// One thread's view: looking is a load of one word, unless there is something new.
  class Reader {
   public:
    explicit Reader(const Current& current) : current_(current) {}
    /// The same pointer until there is a new value.
    const std::shared_ptr<const T>& get() {
      const auto generation = current_.generation_.load(std::memory_order_acquire);
      if (generation == seen_) return value_;
      const std::lock_guard lock(current_.mutex_);
      value_ = current_.value_;
      seen_ = current_.generation_.load(std::memory_order_relaxed);
      return value_;
    }

   private:
    const Current& current_;
    std::uint64_t seen_ = 0;
    std::shared_ptr<const T> value_;
  };

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
  std::atomic<std::uint64_t> generation_{0};
};

}  // namespace quarentena::serve
