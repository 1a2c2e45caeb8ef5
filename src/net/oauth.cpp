#include "net/oauth.h"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "base/date.h"
#include "base/sha256.h"
#include "base/slashes.h"

namespace quarentena {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

/// Renewed this long before the end, or after four fifths of a short life.
constexpr std::chrono::seconds kMargin{300};

std::string token_address(const AppCredentials& credentials) {
  return fmt::format("{}/{}/oauth2/v2.0/token", without_slash(credentials.authority),
                     percent_encoded(credentials.tenant));
}

/// Two sources share a token when all of this is equal. A digest, so that no secret becomes a key.
std::string identity(const AppCredentials& credentials) {
  Sha256 digest;
  digest.add_field(token_address(credentials));
  digest.add_field(credentials.client_id);
  digest.add_field(credentials.scope);
  digest.add_field(credentials.client_secret.reveal());
  digest.add_field(credentials.certificate ? credentials.certificate->key_pem.reveal() : "");
  return digest.hex();
}

/// What an administrator can do about the codes that a wrong set-up meets (AADSTS...).
std::string hint_for(std::int64_t code) {
  switch (code) {
    case 7000215:
      return "`client_secret` is not a secret of this application: it is the secret's Value, not "
             "its Secret ID";
    case 7000222:
      return "the client secret has expired: make a new one for the application";
    case 700016:
      return "no application with this `client_id` in this `tenant`; are both right?";
    case 90002:
    case 900023:
      return "there is no such `tenant`: give the directory's id or its domain name";
    case 700027:
      return "the certificate is not one of the application's: upload it under Certificates & "
             "secrets";
    case 700024:
      return "the assertion's time is out of range: check this machine's clock";
    case 7000112:
      return "the application is disabled in this tenant: an administrator must enable it";
    case 53003:
    case 53000:
      return "a conditional access policy blocks the application from this network";
    case 1002012:
    case 70011:
      return "the `endpoint` is not one this tenant's cloud knows; does it belong to `authority`?";
    default:
      return "check `tenant`, `client_id` and the secret or certificate under `auth`";
  }
}

/// Names the code only: descriptions repeat what they were sent.
Error refused(const HttpRequest& request, const HttpResponse& response) {
  const json body = json::parse(response.body, nullptr, false);
  if (!body.is_object()) return status_error(request, response.status);
  std::string code = "unknown_error";
  if (const auto at = body.find("error"); at != body.end() && at->is_string())
    code = at->get<std::string>().substr(0, 40);
  std::int64_t number = 0;
  if (const auto at = body.find("error_codes");
      at != body.end() && at->is_array() && !at->empty() && at->front().is_number_integer())
    number = at->front().get<std::int64_t>();
  const bool later =
      code == "temporarily_unavailable" || response.status >= 500 || response.status == 429;
  std::string what =
      fmt::format("{} refused to sign the application in: {}{} (HTTP {})", shown_url(request.url),
                  number != 0 ? fmt::format("AADSTS{} ", number) : "", code, response.status);
  if (later) return {ErrorKind::transient, std::move(what), "try again later"};
  return {ErrorKind::auth, std::move(what), hint_for(number)};
}

struct Token {
  Secret text;
  Clock::time_point renew_at;
};

Result<Token> read_token(const HttpRequest& request, const HttpResponse& response) {
  json body = json::parse(response.body, nullptr, false);
  const auto text = body.is_object() ? body.find("access_token") : body.end();
  if (!body.is_object() || text == body.end() || !text->is_string())
    return fail(ErrorKind::transient,
                fmt::format("{} answered 200 without a token", shown_url(request.url)),
                "is `authority` the address of the identity platform, and is a proxy in between?");
  std::int64_t seconds = 3600;
  if (const auto life = body.find("expires_in"); life != body.end() && life->is_number_integer())
    seconds = life->get<std::int64_t>();
  const auto life = std::chrono::seconds(std::max<std::int64_t>(seconds, 1));
  const auto margin = std::min<std::chrono::seconds>(kMargin, life / 5);
  auto& secret = text->get_ref<std::string&>();
  Token token{Secret(std::string_view(secret)), Clock::now() + life - margin};
  wipe(secret);
  return token;
}

}  // namespace

struct AppTokens::Shared {
  std::mutex mutex;
  Secret token;
  Clock::time_point renew_at;
};

AppTokens::AppTokens(AppCredentials credentials, const std::atomic<bool>* stop)
    : credentials_(std::move(credentials)), stop_(stop) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<Shared>> all;
  const std::lock_guard lock(mutex);
  auto& shared = all[identity(credentials_)];
  if (!shared) shared = std::make_shared<Shared>();
  shared_ = shared;
}

Result<Secret> AppTokens::token() {
  const std::lock_guard lock(shared_->mutex);
  if (!shared_->token.empty() && Clock::now() < shared_->renew_at) return shared_->token;
  return sign_in();
}

Result<Secret> AppTokens::token_after(const Secret& refused) {
  const std::lock_guard lock(shared_->mutex);
  // Another thread may have met the same 401 before and renewed it.
  if (!shared_->token.empty() && shared_->token.reveal() != refused.reveal()) return shared_->token;
  return sign_in();
}

/// The lock is held: whoever else needs the token waits for this one.
Result<Secret> AppTokens::sign_in() {
  shared_->token = Secret{};
  TRY_ASSIGN(Secret token, request_token());
  shared_->token = token;
  return token;
}

Result<Secret> AppTokens::request_token() {
  HttpRequest request;
  request.method = "POST";
  request.url = token_address(credentials_);
  request.stop = stop_;
  request.tls = credentials_.tls;
  request.timeouts = credentials_.limits.timeouts;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                     {"Accept", "application/json"}};
  request.body =
      fmt::format("grant_type=client_credentials&client_id={}&scope={}",
                  percent_encoded(credentials_.client_id), percent_encoded(credentials_.scope));
  if (credentials_.certificate) {
    TRY_ASSIGN(const Secret assertion,
               client_assertion(*credentials_.certificate, credentials_.client_id, request.url,
                                now_ms() / 1000));
    request.body +=
        "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    request.body += "&client_assertion=" + assertion.reveal();
  } else {
    request.body += "&client_secret=" + percent_encoded(credentials_.client_secret.reveal());
  }
  auto response = send(request, credentials_.limits.retry);
  wipe(request.body);
  if (!response) return fail_with(std::move(response));
  if (!response->ok()) return tl::unexpected<Error>(refused(request, *response));
  auto token = read_token(request, *response);
  wipe(response->body);
  if (!token) return fail_with(std::move(token));
  shared_->renew_at = token->renew_at;
  return std::move(token->text);
}

}  // namespace quarentena
