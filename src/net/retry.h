#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include "base/error.h"

namespace quarentena {

/// How often and how patiently something that is transient is tried again. Anything else (a wrong
/// password, 4xx, a changed host key) is tried once.
struct RetryPolicy {
  int attempts = 5;  ///< in all, the first one included
  std::chrono::milliseconds base{500};
  std::chrono::milliseconds cap{30'000};
  /// What the waits a server asks for (Retry-After) may add up to. A server that asks for more is
  /// given up with ErrorKind::transient at once.
  std::chrono::milliseconds retry_after_budget{600'000};
};

/// The state of one operation's retries. Not thread-safe.
class Retries {
 public:
  explicit Retries(RetryPolicy policy) : policy_(policy) {}
  /// How long to wait after a failed attempt: exponential with jitter, counted against `attempts`;
  /// or what the server asked for, counted against the budget only. Nothing when either is used up.
  std::optional<std::chrono::milliseconds> next_wait(
      std::optional<std::chrono::milliseconds> retry_after = {});
  /// The last attempt made progress (bytes arrived): the count begins again.
  void progressed() { failures_ = granted_ = 0; }
  int failures() const { return failures_; }  ///< in a row

 private:
  RetryPolicy policy_;
  int failures_ = 0;
  int granted_ = 0;  ///< of them, those the server asked to wait for
  std::chrono::milliseconds waited_{0};
};

/// Sleeps, looking at `stop` (may be null) ten times a second. Error: machine, "interrupted".
Status wait_unless_stopped(std::chrono::milliseconds wait, const std::atomic<bool>* stop);

/// Calls `attempt` (returns a Result) until it succeeds, fails with anything but transient, or the
/// policy's tries are used up; the last error is returned with the number of tries in its `what`.
template <class Attempt>
auto with_retries(const RetryPolicy& policy, const std::atomic<bool>* stop, Attempt attempt)
    -> decltype(attempt());

/// 401, 403: auth. 404, 410: missing. 408, 425, 429, 500, 502, 503, 504: transient. Other 4xx:
/// config. Other 5xx: transient for the operator, but not retried (is_retried_status).
ErrorKind kind_of_status(int status);
bool is_retried_status(int status);

/// A CURLcode (HTTP, SFTP, SMTP) as what the operator can do about it. Every code that is transient
/// is worth a retry.
ErrorKind kind_of_curl(int code);

/// `Retry-After` (seconds, or an HTTP date relative to now); nothing when it cannot be read.
std::optional<std::chrono::milliseconds> retry_after(const std::string& header);

std::string with_tries(std::string what, int tries);

template <class Attempt>
auto with_retries(const RetryPolicy& policy, const std::atomic<bool>* stop, Attempt attempt)
    -> decltype(attempt()) {
  Retries retries(policy);
  while (true) {
    auto result = attempt();
    if (result || result.error().kind != ErrorKind::transient) return result;
    const auto wait = retries.next_wait();
    if (!wait) {
      result.error().what = with_tries(std::move(result.error().what), retries.failures());
      return result;
    }
    if (auto waited = wait_unless_stopped(*wait, stop); !waited)
      return fail_with(std::move(waited));
  }
}

}  // namespace quarentena
