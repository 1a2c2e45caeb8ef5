#pragma once

#include <atomic>
#include <chrono>
#include <thread>

#include "engine/engine.h"

namespace quarentena {

/// Ends the engine's work when the operator presses Ctrl-C.
class StopWatch {
 public:
  StopWatch(const std::atomic<bool>* stop, Engine& engine)
      : thread_([this, stop, &engine] {
          while (!done_ && !(stop && *stop))
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
          if (!done_) engine.interrupt();
        }) {}
  ~StopWatch() {
    done_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace quarentena
