#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace quarentena::serve {

/// One thread for what takes long: explaining, opening the index of a past day. Safe from any
/// thread.
class Worker {
 public:
  Worker();
  ~Worker();  ///< waits for the job that runs; those that wait are dropped
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// False: so many wait already that the answer would come too late.
  bool offer(std::function<void()> job);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace quarentena::serve
