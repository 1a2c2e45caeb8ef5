#include "net/retry.h"

#include <curl/curl.h>
#include <gtest/gtest.h>

namespace quarentena {
namespace {

using std::chrono::milliseconds;

TEST(Retries, WaitsLongerEachTimeUpToTheCap) {
  RetryPolicy policy;
  policy.attempts = 6;
  policy.base = milliseconds(100);
  policy.cap = milliseconds(400);
  Retries retries(policy);
  for (const int most : {100, 200, 400, 400, 400}) {
    const auto wait = retries.next_wait();
    ASSERT_TRUE(wait);
    EXPECT_LE(wait->count(), most);
    EXPECT_GE(wait->count(), most / 2);
  }
  EXPECT_FALSE(retries.next_wait());
}

TEST(Retries, WhatTheServerAsksForCostsTheBudgetAndNoTry) {
  RetryPolicy policy;
  policy.attempts = 2;
  policy.retry_after_budget = milliseconds(5000);
  Retries retries(policy);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(retries.next_wait(milliseconds(1000)), milliseconds(1000));
  EXPECT_FALSE(retries.next_wait(milliseconds(1000)));
}

TEST(Retries, AServerThatAsksForNoWaitIsNotAskedForever) {
  RetryPolicy policy;
  policy.attempts = 3;
  Retries retries(policy);
  EXPECT_TRUE(retries.next_wait(milliseconds(0)));
  EXPECT_TRUE(retries.next_wait(milliseconds(0)));
  EXPECT_FALSE(retries.next_wait(milliseconds(0)));
}

TEST(Retries, ProgressBeginsTheCountAgain) {
  RetryPolicy policy;
  policy.attempts = 2;
  Retries retries(policy);
  EXPECT_TRUE(retries.next_wait());
  retries.progressed();
  EXPECT_TRUE(retries.next_wait());
  EXPECT_FALSE(retries.next_wait());
}

TEST(RetryAfter, IsSecondsOrADate) {
  EXPECT_EQ(retry_after("120"), milliseconds(120'000));
  EXPECT_EQ(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), milliseconds(0));
  EXPECT_EQ(retry_after(""), std::nullopt);
  EXPECT_EQ(retry_after("soon"), std::nullopt);
  EXPECT_GT(retry_after("99999999999999999999999"), milliseconds(31'000'000'000));
}

TEST(KindOfStatus, SaysWhatTheOperatorCanDo) {
  EXPECT_EQ(kind_of_status(401), ErrorKind::auth);
  EXPECT_EQ(kind_of_status(403), ErrorKind::auth);
  EXPECT_EQ(kind_of_status(404), ErrorKind::missing);
  EXPECT_EQ(kind_of_status(400), ErrorKind::config);
  EXPECT_EQ(kind_of_status(429), ErrorKind::transient);
  EXPECT_EQ(kind_of_status(503), ErrorKind::transient);
  EXPECT_FALSE(is_retried_status(401));
  EXPECT_FALSE(is_retried_status(501));
}

TEST(KindOfCurl, NeverRetriesCredentialsOrKeys) {
  EXPECT_EQ(kind_of_curl(CURLE_LOGIN_DENIED), ErrorKind::auth);
  EXPECT_EQ(kind_of_curl(CURLE_PEER_FAILED_VERIFICATION), ErrorKind::config);
  EXPECT_EQ(kind_of_curl(CURLE_REMOTE_FILE_NOT_FOUND), ErrorKind::missing);
  EXPECT_EQ(kind_of_curl(CURLE_PARTIAL_FILE), ErrorKind::transient);
  EXPECT_EQ(kind_of_curl(CURLE_COULDNT_CONNECT), ErrorKind::transient);
}

TEST(WithRetries, StopsAtWhatIsNotTransient) {
  int tries = 0;
  const auto result = with_retries({}, nullptr, [&]() -> Result<int> {
    ++tries;
    return fail(ErrorKind::auth, "no");
  });
  EXPECT_FALSE(result);
  EXPECT_EQ(tries, 1);
}

TEST(WaitUnlessStopped, EndsWhenStopIsSet) {
  const std::atomic<bool> stop{true};
  const auto waited = wait_unless_stopped(std::chrono::seconds(60), &stop);
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().kind, ErrorKind::machine);
}

}  // namespace
}  // namespace quarentena
