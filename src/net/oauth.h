#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/secret.h"
#include "net/client_assertion.h"
#include "net/http.h"

/// Tokens of an application, not of a person (OAuth 2.0 client credentials), from Microsoft Entra.
namespace quarentena {

struct AppCredentials {
  std::string authority = "https://login.microsoftonline.com";  ///< another for a sovereign cloud
  std::string tenant;                                           ///< the directory's id or domain
  std::string client_id;
  Secret client_secret;                           ///< this,
  std::optional<SigningCertificate> certificate;  ///< or this
  std::string scope;                              ///< "https://graph.microsoft.com/.default"
  TlsOptions tls;
  ServerLimits limits;
};

/// Gives the application's token, and asks for another one before it expires. Every AppTokens of
/// this process with the same credentials shares one token, so eight sources sign in once.
/// Thread-safe.
class AppTokens {
 public:
  /// `stop` may be null.
  AppTokens(AppCredentials credentials, const std::atomic<bool>* stop);

  /// Errors: auth (wrong secret, unknown tenant or application: tried once), transient.
  Result<Secret> token();
  /// After a 401: another token than the one that was refused.
  Result<Secret> token_after(const Secret& refused);

 private:
  struct Shared;
  Result<Secret> sign_in();
  Result<Secret> request_token();
  AppCredentials credentials_;
  const std::atomic<bool>* stop_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace quarentena
