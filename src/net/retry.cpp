#include "net/retry.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <random>
#include <thread>

namespace quarentena {
namespace {

using std::chrono::milliseconds;

/// Half of it sure, half of it by chance: many machines that failed together do not come back
/// together, and none comes back at once.
milliseconds jittered(milliseconds wait) {
  static thread_local std::mt19937_64 random{std::random_device{}()};
  const auto half = wait.count() / 2;
  return milliseconds(half + std::uniform_int_distribution<std::int64_t>(0, half)(random));
}

}  // namespace

std::optional<milliseconds> Retries::next_wait(std::optional<milliseconds> asked) {
  // A server that says when it is ready again is not failing: the wait costs the budget, not a try.
  // One that asks for next to nothing would be asked forever.
  if (asked && *asked >= policy_.base) {
    ++failures_;
    if (waited_ + *asked > policy_.retry_after_budget) return {};
    waited_ += *asked;
    ++granted_;
    return *asked;
  }
  if (++failures_ - granted_ >= policy_.attempts) return {};
  const int doublings = std::min(failures_ - granted_ - 1, 20);
  return jittered(std::min(policy_.base * (std::int64_t{1} << doublings), policy_.cap));
}

Status wait_unless_stopped(milliseconds wait, const std::atomic<bool>* stop) {
  const auto until = std::chrono::steady_clock::now() + wait;
  while (true) {
    if (stop && *stop) return fail(ErrorKind::machine, "interrupted");
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= left.zero()) return {};
    std::this_thread::sleep_for(
        std::min<std::chrono::steady_clock::duration>(left, milliseconds(100)));
  }
}

ErrorKind kind_of_status(int status) {
  switch (status) {
    case 401:
    case 403:
    case 407:
      return ErrorKind::auth;
    case 404:
    case 410:
      return ErrorKind::missing;
    case 408:
    case 425:
    case 429:
      return ErrorKind::transient;
    default:
      return status >= 500 ? ErrorKind::transient : ErrorKind::config;
  }
}

bool is_retried_status(int status) {
  switch (status) {
    case 408:
    case 425:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return false;
  }
}

ErrorKind kind_of_curl(int code) {
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:  // the server's certificate, or its SSH host key
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_UNKNOWN_OPTION:
      return ErrorKind::config;
    case CURLE_LOGIN_DENIED:
    case CURLE_REMOTE_ACCESS_DENIED:
    case CURLE_AUTH_ERROR:
      return ErrorKind::auth;
    case CURLE_REMOTE_FILE_NOT_FOUND:
      return ErrorKind::missing;
    case CURLE_OUT_OF_MEMORY:
    case CURLE_WRITE_ERROR:
    case CURLE_READ_ERROR:
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_REMOTE_DISK_FULL:
      return ErrorKind::machine;
    case CURLE_FILESIZE_EXCEEDED:
    case CURLE_BAD_CONTENT_ENCODING:
      return ErrorKind::data;
    case CURLE_FAILED_INIT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_NOT_BUILT_IN:
      return ErrorKind::bug;
    default:
      return ErrorKind::transient;
  }
}

std::optional<milliseconds> retry_after(const std::string& header) {
  if (header.empty()) return {};
  if (header.find_first_not_of("0123456789") == std::string::npos) {
    errno = 0;
    const auto seconds = std::strtoll(header.c_str(), nullptr, 10);
    // A year and more is "never"; it is beyond every budget and must not overflow.
    return milliseconds(errno != 0 ? 31'536'000'000LL : std::min(seconds, 31'536'000LL) * 1000);
  }
  const auto at = curl_getdate(header.c_str(), nullptr);
  if (at < 0) return {};
  return milliseconds(std::max<std::int64_t>(0, at - std::time(nullptr)) * 1000);
}

std::string with_tries(std::string what, int tries) {
  return tries <= 1 ? std::move(what) : fmt::format("{} (tried {} times)", what, tries);
}

}  // namespace quarentena
