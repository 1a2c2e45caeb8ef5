#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "net/databricks_auth.h"
#include "net/http.h"

/// The REST API of a Databricks workspace or a Unity Catalog server.
namespace quarentena {

/// One login. Safe from any thread: a token is asked for once and shared.
class DatabricksClient {
 public:
  /// One object for each login of this process: sources that sign in alike share its token.
  static std::shared_ptr<DatabricksClient> of(DatabricksLogin login);
  explicit DatabricksClient(DatabricksLogin login) : login_(std::move(login)) {}

  const std::string& host() const { return login_.host; }
  const ServerLimits& limits() const { return login_.limits; }

  /// A request to `path` (begins with a slash, may carry a query) with the token in it, and with a
  /// body of JSON when `body` is not empty. Asks for a token when there is none that lives for
  /// another minute. Errors: auth (the client is not accepted: tried once), transient.
  Result<HttpRequest> request(const std::string& method, const std::string& path,
                              std::string body = {}, const std::atomic<bool>* stop = nullptr);

  /// The token alone, for what is not HTTP here; empty when the login is anonymous. Errors as
  /// request().
  Result<Secret> token(const std::atomic<bool>* stop);

  /// Sends `request(...)`. A 401 with a token of OAuth's, which may have ended early, is tried
  /// again once with a new one. Every other answer is a value; `error_of` makes an Error of it.
  Result<HttpResponse> call(const std::string& method, const std::string& path,
                            std::string body = {}, const std::atomic<bool>* stop = nullptr);

  /// What an answer that is not 2xx means: `doing` ("resolve vendas.crm.contatos"), the server's
  /// error code and message. No hint for 403 and 404, which the caller knows better.
  Error error_of(const std::string& doing, const HttpResponse& response) const;

  /// The token is not accepted any more: the next request asks for another one. False when there is
  /// none to be had, because it was given as it is.
  bool renew();
  bool renewable() const { return !login_.client_id.empty(); }

 private:
  using Clock = std::chrono::steady_clock;
  Result<Secret> ask_for_token(const std::atomic<bool>* stop);
  Error refused_login(int status, const std::string& body) const;
  bool is_secret(const std::string& text) const;

  const DatabricksLogin login_;
  mutable std::mutex mutex_;
  Secret token_;  ///< OAuth's
  Clock::time_point good_until_{};
};

/// The server's own word for an error: {"error_code": "TABLE_DOES_NOT_EXIST", "message": "..."}.
struct DatabricksAnswer {
  std::string code;     ///< empty when the body is not of that form
  std::string message;  ///< the first line, shortened
};
DatabricksAnswer databricks_answer(const std::string& body);

}  // namespace quarentena
