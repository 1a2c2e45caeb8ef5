#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "serve/check_answer.h"
#include "serve/published.h"

namespace quarentena::serve {

enum class Endpoint : std::uint8_t {
  check,
  explain,
  status,
  openapi,
  healthz,
  readyz,
  metrics,
  days,
  ledger,
  runs,
  newest_day,
  analyses,
  analysis,
  page,
  other,
};
inline constexpr std::size_t kEndpoints = 15;
const char* name(Endpoint endpoint);

/// Why a connection was closed before it was served to its end.
enum class Closed : std::uint8_t { too_many, too_many_of_address, too_slow, handshake };
inline constexpr std::size_t kClosed = 4;

/// Counts of one thread, which alone adds to them; any may read them.
class Counters {
 public:
  void request(Endpoint endpoint, int status, std::int64_t took_ns);
  void keys(const StandingCounts& counts);
  void closed(Closed why) { add(closed_[static_cast<std::size_t>(why)], 1); }
  void connection(std::int64_t change) { add(connections_, static_cast<std::uint64_t>(change)); }

 private:
  friend class Metrics;
  using Count = std::atomic<std::uint64_t>;
  static constexpr std::size_t kStatuses = 18;
  static constexpr std::size_t kBuckets = 16;

  /// Only one thread writes: no locked instruction is needed.
  static void add(Count& count, std::uint64_t value) {
    count.store(count.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
  }
  static std::size_t index_of_status(int status);

  std::array<std::array<Count, kStatuses>, kEndpoints> requests_{};
  std::array<std::array<Count, kBuckets + 1>, kEndpoints> took_{};
  std::array<Count, kEndpoints> took_ns_{};
  std::array<Count, 3> keys_{};
  std::array<Count, kClosed> closed_{};
  Count connections_{0};
};

/// All counters, written for Prometheus.
class Metrics {
 public:
  /// Of one more thread; lives as long as this. Before the threads start.
  Counters& add_thread();
  /// `published` may be null.
  std::string text(const Published* published) const;

 private:
  std::vector<std::unique_ptr<Counters>> threads_;
};

}  // namespace quarentena::serve
