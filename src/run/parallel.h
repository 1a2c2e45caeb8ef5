#pragma once

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include "base/error.h"

namespace quarentena {

/// Calls work(0), work(1), ... work(count - 1) from up to `threads` threads, in that order of start.
/// Once one fails no further one starts; the error of the smallest index is returned.
template <class Work>
Status in_parallel(std::size_t count, std::size_t threads, const Work& work) {
  std::vector<Status> results(count);
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  const auto worker = [&] {
    for (std::size_t i = next++; i < count && !failed; i = next++) {
      results[i] = work(i);
      if (!results[i]) failed = true;
    }
  };
  std::vector<std::thread> helpers;
  for (std::size_t t = 1; t < std::min(threads, count); ++t) helpers.emplace_back(worker);
  worker();
  for (auto& helper : helpers) helper.join();
  for (auto& result : results)
    if (!result) return std::move(result);
  return {};
}

}  // namespace quarentena
