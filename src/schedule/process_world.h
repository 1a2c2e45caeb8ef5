#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "schedule/daemon.h"

namespace quarentena::schedule {

struct ProcessWorldOptions {
  /// The command that `run --data-carga D` is added to: the binary, and options before the verb.
  std::vector<std::string> binary;
  std::vector<std::string> run_options;          ///< after it: `-c FILE`
  std::vector<ScheduledLoad> loads;              ///< for their `only`
  std::function<void(const std::string&)> tell;  ///< may be empty; called from two threads
  /// On a thread of its own, one at a time, for it may wait for servers. Ends soon once `stop` is
  /// set: the daemon waits for it then. May be empty.
  std::function<void(const std::atomic<bool>& stop)> look_around;
};

/// This machine's clocks, its signals, and `quarentena run` as a process of its own. Takes SIGTERM,
/// SIGINT and SIGCHLD for itself: make one before any thread is started, and only one. A child gets
/// SIGKILL when we end without it, so that nobody's load goes on unseen.
std::unique_ptr<World> process_world(ProcessWorldOptions options);

/// One that no other process ever had.
Identity new_identity();

}  // namespace quarentena::schedule
