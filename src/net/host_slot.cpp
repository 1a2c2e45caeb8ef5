#include "net/host_slot.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>

namespace quarentena {
namespace {

struct Slots {
  std::mutex mutex;
  std::condition_variable freed;
  std::map<std::string, int> held;
};

/// Never destroyed: a thread may give its slot back while the program ends.
Slots& slots() {
  static auto* const all = new Slots;
  return *all;
}

}  // namespace

Result<HostSlot> HostSlot::take(const std::string& host, int most, const std::atomic<bool>* stop) {
  auto& all = slots();
  std::unique_lock lock(all.mutex);
  while (all.held[host] >= most) {
    if (stop && *stop) return fail(ErrorKind::machine, "interrupted");
    // Nobody signals when `stop` is set.
    all.freed.wait_for(lock, std::chrono::milliseconds(100));
  }
  ++all.held[host];
  return HostSlot(host);
}

HostSlot::~HostSlot() {
  if (host_.empty()) return;
  auto& all = slots();
  {
    const std::lock_guard lock(all.mutex);
    --all.held[host_];
  }
  all.freed.notify_all();
}

}  // namespace quarentena
