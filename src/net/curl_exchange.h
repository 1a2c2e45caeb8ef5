#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/http.h"

/// Internal to src/net: one request and its answer over libcurl, no retries.
namespace quarentena {

/// How an exchange ended. `response.body` stays empty: the body went to the sink.
struct Exchange {
  int curl_code = 0;   ///< 0: a whole answer arrived
  std::string detail;  ///< libcurl's words, only where they hold no part of the request
  bool stalled = false;
  bool stopped = false;
  bool refused_by_sink = false;
  bool reached_server = false;  ///< a connection was made, so the server may have seen the request
  bool end_is_marked = false;   ///< chunked or HTTP/2: a body that ends too soon is noticed
  std::optional<std::int64_t> content_length;
  HttpResponse response;

  bool complete() const { return curl_code == 0; }
};

/// What surrounds one exchange. The sink gets the body in pieces, after the whole head is in
/// `Exchange::response`; false gives up. `tick` is called about once a second or more often.
struct ExchangeHooks {
  std::vector<std::pair<std::string, std::string>> extra_headers;
  std::function<bool(const Exchange&, const char*, std::size_t)> sink;
  std::function<void()> tick;
};

/// Sends the request and follows redirects as it says. Errors: config (an address that cannot be, a
/// redirect that is refused). Everything that happened on the wire is in the Exchange.
Result<Exchange> exchange(const HttpRequest& request, const ExchangeHooks& hooks);

/// The Error of an exchange that is not complete.
Error exchange_error(const HttpRequest& request, const Exchange& exchange);

}  // namespace quarentena
