#pragma once

#include <chrono>

#include "run/report.h"

namespace quarentena {

/// From when it is made: when that was by the wall's clock, and how long ago by one that nobody
/// sets.
class Timer {
 public:
  Lapse lapse() const {
    const auto took = std::chrono::steady_clock::now() - since_;
    return {started_ms_, std::chrono::duration_cast<std::chrono::milliseconds>(took).count()};
  }

 private:
  std::int64_t started_ms_ = now_ms();
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

}  // namespace quarentena
