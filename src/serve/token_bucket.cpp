#include "serve/token_bucket.h"

#include <algorithm>

namespace quarentena::serve {

std::optional<std::int64_t> TokenBucket::wait_ns_or_take(std::int64_t count, std::int64_t now_ns) {
  if (rate_.per_second == 0) return std::nullopt;
  constexpr std::int64_t kSecond = 1'000'000'000;
  // In doubles, because 100,000 keys at 1 a day are more nanoseconds than 64 bits hold.
  const auto time_of = [&](std::int64_t amount) {
    const double ns = static_cast<double>(amount) * kSecond / static_cast<double>(rate_.per_second);
    return static_cast<std::int64_t>(std::min(ns, 4e18));
  };
  const std::int64_t whole = time_of(rate_.at_once), cost = time_of(count);
  std::int64_t full_at = full_at_ns_.load(std::memory_order_relaxed);
  while (true) {
    const std::int64_t lacking = std::max(full_at, now_ns) - now_ns;
    if (cost > whole - lacking) return std::min(cost, whole) - (whole - lacking);
    if (full_at_ns_.compare_exchange_weak(full_at, now_ns + lacking + cost,
                                          std::memory_order_relaxed))
      return std::nullopt;
  }
}

}  // namespace quarentena::serve
