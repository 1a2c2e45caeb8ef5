#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

namespace quarentena::serve {

/// How much of something may be taken a second, and how much at once.
struct Rate {
  std::int64_t per_second = 0;  ///< 0: as much as one likes
  std::int64_t at_once = 0;     ///< what a bucket that is full holds
  friend bool operator==(Rate, Rate) = default;
};

/// A bucket that fills at a steady rate and is full at first. Safe from any number of threads
/// without a lock: it is kept as the time at which it would be full again.
class TokenBucket {
 public:
  explicit TokenBucket(Rate rate) : rate_(rate) {}

  /// Takes `count`, or nothing and says how long until they are there. `now_ns` is of a clock that
  /// does not go back. More than `at_once` never are: the wait then is that for a full bucket.
  std::optional<std::int64_t> wait_ns_or_take(std::int64_t count, std::int64_t now_ns);

  Rate rate() const { return rate_; }

 private:
  Rate rate_;
  std::atomic<std::int64_t> full_at_ns_{0};
};

}  // namespace quarentena::serve
