#include "serve/token_bucket.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace quarentena::serve {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(TokenBucket, GivesWhatItHoldsAtOnceAndThenAtItsRate) {
  TokenBucket bucket({10, 30});
  const std::int64_t start = 5 * kSecond;
  EXPECT_FALSE(bucket.wait_ns_or_take(30, start));
  EXPECT_EQ(bucket.wait_ns_or_take(1, start), kSecond / 10);
  EXPECT_FALSE(bucket.wait_ns_or_take(1, start + kSecond / 10));
  EXPECT_EQ(bucket.wait_ns_or_take(10, start + kSecond / 10), kSecond);
}

TEST(TokenBucket, IsNeverFullerThanFull) {
  TokenBucket bucket({10, 30});
  EXPECT_FALSE(bucket.wait_ns_or_take(30, 1000 * kSecond));
  EXPECT_TRUE(bucket.wait_ns_or_take(1, 1000 * kSecond));
}

TEST(TokenBucket, TakesNothingWhenItRefuses) {
  TokenBucket bucket({10, 30});
  EXPECT_TRUE(bucket.wait_ns_or_take(31, kSecond));
  EXPECT_FALSE(bucket.wait_ns_or_take(30, kSecond));
}

TEST(TokenBucket, WithoutARateGivesAnything) {
  TokenBucket bucket({});
  EXPECT_FALSE(bucket.wait_ns_or_take(1'000'000'000'000, 0));
}

TEST(TokenBucket, OfOneADayDoesNotOverflow) {
  TokenBucket bucket({1, 1'000'000'000});
  EXPECT_FALSE(bucket.wait_ns_or_take(1'000'000'000, kSecond));
  EXPECT_TRUE(bucket.wait_ns_or_take(1'000'000'000, kSecond));
}

TEST(TokenBucket, GivesNothingTwiceToThreadsThatAskAtOnce) {
  TokenBucket bucket({1, 10'000});
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 5'000; ++i)
        if (!bucket.wait_ns_or_take(1, kSecond)) ++taken;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(taken, 10'000);
}

}  // namespace
}  // namespace quarentena::serve
