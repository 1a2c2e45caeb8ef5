#include "net/host_slot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

namespace quarentena {
namespace {

using std::chrono::milliseconds;

/// The most that were held at once by eight threads that each held one for a while.
int most_at_once(const std::vector<std::string>& hosts, int limit) {
  std::mutex mutex;
  int now = 0, most = 0;
  std::vector<std::thread> threads;
  for (const auto& host : hosts)
    threads.emplace_back([&, host] {
      const auto slot = HostSlot::take(host, limit, nullptr);
      {
        const std::lock_guard lock(mutex);
        most = std::max(most, ++now);
      }
      std::this_thread::sleep_for(milliseconds(60));
      const std::lock_guard lock(mutex);
      --now;
    });
  for (auto& thread : threads) thread.join();
  return most;
}

TEST(HostSlot, LetsNoMoreThanTheLimitInAtOnce) {
  EXPECT_EQ(most_at_once(std::vector<std::string>(8, "a:22"), 3), 3);
}

TEST(HostSlot, DoesNotLetOneHostWaitForAnother) {
  EXPECT_EQ(most_at_once({"b:1", "b:2", "b:3", "b:4"}, 1), 4);
}

TEST(HostSlot, IsGivenBackWhenItIsReplaced) {
  auto held = HostSlot::take("c:22", 1, nullptr);
  ASSERT_TRUE(held);
  *held = HostSlot();
  EXPECT_TRUE(HostSlot::take("c:22", 1, nullptr));
}

TEST(HostSlot, StopsWaitingWhenItIsTold) {
  const auto held = HostSlot::take("d:22", 1, nullptr);
  std::atomic<bool> stop{false};
  std::thread teller([&] {
    std::this_thread::sleep_for(milliseconds(50));
    stop = true;
  });
  const auto second = HostSlot::take("d:22", 1, &stop);
  teller.join();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::machine);
}

}  // namespace
}  // namespace quarentena
