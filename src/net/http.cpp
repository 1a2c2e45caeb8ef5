#include "net/http.h"

#include <fmt/format.h>

#include "net/curl_exchange.h"

namespace quarentena {
namespace {

/// RFC 4648.
std::string base64(const std::string& bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) {
      return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
    };
    const unsigned group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    out += kDigits[group >> 18];
    out += kDigits[group >> 12 & 63];
    out += i + 1 < bytes.size() ? kDigits[group >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? kDigits[group & 63] : '=';
  }
  return out;
}

/// Sent twice, these do what they do once (RFC 9110, 9.2.2).
bool is_idempotent(const std::string& method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" ||
         method == "OPTIONS";
}

bool may_send_again(const HttpRequest& request, const Exchange& answer) {
  if (is_idempotent(request.method)) return true;
  if (!answer.complete()) return !answer.reached_server;
  return answer.response.status == 429 || answer.response.status == 503;
}

std::string hint_for(int status) {
  switch (status) {
    case 401:
      return "the server does not accept the credentials; correct `auth`";
    case 403:
      return "the credentials are known but not allowed to; ask for permission";
    case 404:
    case 410:
      return "is the delivery late, or the address wrong?";
    case 407:
      return "the proxy asks for credentials: put them in https_proxy";
    case 429:
      return "the server limits how often it is asked; run again later";
    default:
      return status >= 500 ? "the server has a problem; run again later" : "";
  }
}

}  // namespace

const std::string& HttpResponse::header(const std::string& name) const {
  static const std::string none;
  const auto at = headers.find(name);
  return at == headers.end() ? none : at->second;
}

std::pair<std::string, Secret> bearer(const Secret& token) {
  return {"Authorization", Secret("Bearer " + token.reveal())};
}

std::pair<std::string, Secret> basic(const std::string& user, const Secret& password) {
  std::string both = user + ":" + password.reveal();
  std::string encoded = base64(both);
  wipe(both);
  Secret value("Basic " + encoded);
  wipe(encoded);
  return {"Authorization", std::move(value)};
}

Result<HttpResponse> send(const HttpRequest& request, const RetryPolicy& policy) {
  Retries retries(policy);
  while (true) {
    std::string body;
    bool too_large = false;
    ExchangeHooks hooks;
    hooks.sink = [&](const Exchange&, const char* data, std::size_t size) {
      too_large = body.size() + size > request.max_response_bytes;
      if (!too_large) body.append(data, size);
      return !too_large;
    };
    TRY_ASSIGN(Exchange answer, exchange(request, hooks));
    if (too_large)
      return fail(ErrorKind::data, fmt::format("{}: the answer is larger than {} bytes",
                                               shown_url(request.url), request.max_response_bytes));
    answer.response.body = std::move(body);
    std::optional<Error> error;
    if (!answer.complete()) error = exchange_error(request, answer);
    const bool again =
        error ? error->kind == ErrorKind::transient : is_retried_status(answer.response.status);
    std::optional<std::chrono::milliseconds> wait;
    if (again && may_send_again(request, answer))
      wait = retries.next_wait(retry_after(answer.response.header("retry-after")));
    if (!wait) {
      if (!error) return std::move(answer.response);
      error->what = with_tries(std::move(error->what), retries.failures());
      return tl::unexpected<Error>(std::move(*error));
    }
    TRY_STATUS(wait_unless_stopped(*wait, request.stop));
  }
}

Error status_error(const HttpRequest& request, int status) {
  return {kind_of_status(status),
          fmt::format("{}: the server answers {}", shown_url(request.url), status),
          hint_for(status)};
}

Result<HttpResponse> expect_ok(const HttpRequest& request, Result<HttpResponse> response) {
  if (response && !response->ok())
    return tl::unexpected<Error>(status_error(request, response->status));
  return response;
}

}  // namespace quarentena
