#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include "base/error.h"

namespace quarentena {

/// Calls work(0), work(1), ... work(count - 1) from up to `threads` threads, in that order of
/// start, and returns what each gave. One that fails stops none: whoever reads the errors wants all
/// of them.
template <class Work>
std::vector<Status> in_parallel(std::size_t count, std::size_t threads, const Work& work) {
  std::vector<Status> results(count);
  std::atomic<std::size_t> next{0};
  const auto worker = [&] {
    for (std::size_t i = next++; i < count; i = next++) results[i] = work(i);
  };
  std::vector<std::thread> helpers;
  for (std::size_t t = 1; t < std::min(threads, count); ++t) helpers.emplace_back(worker);
  worker();
  for (auto& helper : helpers) helper.join();
  return results;
}

/// Of `asked` threads: 0 asks for as many as the machine has.
inline std::size_t threads_for(int asked) {
  return asked > 0 ? static_cast<std::size_t>(asked)
                   : std::max(1u, std::thread::hardware_concurrency());
}

/// Nothing when none failed, the error when one did, else one error that tells them all. It is
/// transient only if every one is: then the same command may work later.
Status combined(const std::vector<Status>& results);

}  // namespace quarentena
