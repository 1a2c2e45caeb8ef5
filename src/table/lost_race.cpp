#include "table/lost_race.h"

#include <algorithm>
#include <random>

namespace quarentena {

std::chrono::milliseconds pause_after_lost_race(int lost) {
  static constexpr int kMostDoublings = 6;
  thread_local std::minstd_rand random{std::random_device{}()};
  const int most_ms = 10 << std::clamp(lost, 0, kMostDoublings);
  return std::chrono::milliseconds(std::uniform_int_distribution(most_ms / 4, most_ms)(random));
}

}  // namespace quarentena
