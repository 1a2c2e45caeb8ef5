#include "net/databricks_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/sha256.h"

namespace quarentena {
namespace {

using nlohmann::json;

/// A token is not begun with when it ends within this time: a listing may take as long.
constexpr std::chrono::seconds kSpare{60};
constexpr std::size_t kLongestMessage = 300;

bool is_code(const std::string& text) {
  return !text.empty() && text.size() <= 80 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string text_of(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

std::string first_line(std::string text) {
  text = text.substr(0, text.find_first_of("\r\n"));
  if (text.size() <= kLongestMessage) return text;
  auto end = kLongestMessage;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

std::string hint_for(int status) {
  if (status == 429 || status >= 500)
    return "the server is busy or ill; the same command may work later";
  return {};
}

}  // namespace

DatabricksAnswer databricks_answer(const std::string& body) {
  auto answer = json::parse(body, nullptr, false);
  if (!answer.is_object()) return {};
  // The Delta API's form: {"error": {"type": "NoSuchTableException", "message": "..."}}.
  if (const auto inner = answer.find("error"); inner != answer.end() && inner->is_object()) {
    json flat = {{"error_code", text_of(*inner, "type")}, {"message", text_of(*inner, "message")}};
    answer = std::move(flat);
  }
  auto code = text_of(answer, "error_code");
  if (code.empty()) code = text_of(answer, "errorCode");  // some open-source servers
  if (code.empty()) code = text_of(answer, "error");      // OAuth's "invalid_client"
  std::string upper = code;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (!is_code(upper)) code.clear();
  auto message = text_of(answer, "message");
  if (message.empty()) message = text_of(answer, "error_description");
  return {code, first_line(std::move(message))};
}

std::shared_ptr<DatabricksClient> DatabricksClient::of(DatabricksLogin login) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<DatabricksClient>> clients;
  Sha256 digest;
  digest.add_field(login.host);
  digest.add_field(login.client_id);
  digest.add_field(login.token.reveal());
  digest.add_field(login.client_secret.reveal());
  const auto& limits = login.limits;
  for (const auto time :
       {limits.timeouts.connect, limits.timeouts.stall, limits.retry.retry_after_budget})
    digest.add_field(std::to_string(time.count()));
  const std::scoped_lock lock(mutex);
  auto& client = clients[digest.hex()];
  if (!client) client = std::make_shared<DatabricksClient>(std::move(login));
  return client;
}

Result<HttpRequest> DatabricksClient::request(const std::string& method, const std::string& path,
                                              std::string body, const std::atomic<bool>* stop) {
  TRY_ASSIGN(const Secret with, token(stop));
  HttpRequest request;
  request.method = method;
  request.url = login_.host + path;
  request.redirects = Redirects::same_host;
  request.stop = stop;
  request.tls.ca_file = login_.ca_file;
  request.timeouts = login_.limits.timeouts;
  request.headers.emplace_back("User-Agent", "quarentena");
  if (!body.empty()) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = std::move(body);
  }
  if (!with.empty()) request.secret_headers.push_back(bearer(with));
  return request;
}

Result<HttpResponse> DatabricksClient::call(const std::string& method, const std::string& path,
                                            std::string body, const std::atomic<bool>* stop) {
  TRY_ASSIGN(const HttpRequest first, request(method, path, body, stop));
  TRY_ASSIGN(HttpResponse response, send(first, login_.limits.retry));
  if (response.status != 401 || !renew()) return response;
  TRY_ASSIGN(const HttpRequest second, request(method, path, std::move(body), stop));
  return send(second, login_.limits.retry);
}

bool DatabricksClient::renew() {
  if (!renewable()) return false;
  const std::scoped_lock lock(mutex_);
  token_ = {};
  return true;
}

Result<Secret> DatabricksClient::token(const std::atomic<bool>* stop) {
  if (login_.client_id.empty()) return login_.token;
  const std::scoped_lock lock(mutex_);  // held while asking: others wait for the same token
  if (token_.empty() || Clock::now() + kSpare >= good_until_) {
    TRY_ASSIGN(token_, ask_for_token(stop));
  }
  return token_;
}

Result<Secret> DatabricksClient::ask_for_token(const std::atomic<bool>* stop) {
  HttpRequest request;
  request.method = "POST";
  request.url = login_.host + "/oidc/v1/token";
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.secret_headers.push_back(basic(login_.client_id, login_.client_secret));
  request.body = "grant_type=client_credentials&scope=all-apis";
  request.stop = stop;
  request.tls.ca_file = login_.ca_file;
  request.timeouts = login_.limits.timeouts;
  TRY_ASSIGN(HttpResponse response, send(request, login_.limits.retry));
  if (!response.ok()) return tl::unexpected<Error>(refused_login(response.status, response.body));

  auto answer = json::parse(response.body, nullptr, false);
  wipe(response.body);
  Secret token;
  if (answer.is_object()) token = Secret(text_of(answer, "access_token"));
  if (token.empty())
    return fail(ErrorKind::data,
                fmt::format("{} answered a login without a token", shown_url(request.url)),
                "is that the address of a Databricks workspace?");
  const auto lives = answer.value("expires_in", json(3600));
  // One that ends within the spare time would be asked for again at every call.
  const std::chrono::seconds seconds{lives.is_number_integer() ? lives.get<std::int64_t>() : 3600};
  good_until_ = Clock::now() + std::max(seconds, kSpare + std::chrono::seconds(5));
  return token;
}

Error DatabricksClient::refused_login(int status, const std::string& body) const {
  const auto answer = databricks_answer(body);
  // OAuth says 400 invalid_client or 401 for a wrong secret.
  const bool refused = answer.code == "invalid_client" || answer.code == "unauthorized_client" ||
                       status == 401 || status == 403;
  const auto code = answer.code.empty() ? "" : " " + answer.code;
  if (refused)
    return {ErrorKind::auth,
            fmt::format("{} does not accept the client {} of {}: {}{}", login_.host,
                        login_.client_id, login_.from, status, code),
            "check the client's id and secret, and that the service principal is in this "
            "workspace; secrets end after the time that was chosen for them"};
  const auto hint = status == 404
                        ? "is that the address of a Databricks workspace? A Unity Catalog server "
                          "without OAuth takes `token`"
                        : hint_for(status);
  return {kind_of_status(status),
          fmt::format("{}/oidc/v1/token answered {}{}", login_.host, status, code), hint};
}

bool DatabricksClient::is_secret(const std::string& text) const {
  const std::scoped_lock lock(mutex_);
  for (const auto* secret : {&login_.token, &login_.client_secret, &token_})
    if (!secret->empty() && text.find(secret->reveal()) != std::string::npos) return true;
  return false;
}

Error DatabricksClient::error_of(const std::string& doing, const HttpResponse& response) const {
  auto answer = databricks_answer(response.body);
  if (is_secret(answer.message)) answer.message.clear();
  auto what =
      fmt::format("cannot {}: {} answered {}", doing,
                  shown_url(response.url.empty() ? login_.host : response.url), response.status);
  if (!answer.code.empty()) what += " " + answer.code;
  if (!answer.message.empty()) what += ": " + answer.message;
  const bool anonymous = login_.token.empty() && login_.client_id.empty();
  std::string hint = hint_for(response.status);
  if (response.status == 401 && anonymous)
    hint =
        "no credentials were found: say `auth: { token: \"${env:...}\" }`, or set "
        "DATABRICKS_TOKEN, "
        "or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or DATABRICKS_CONFIG_PROFILE";
  else if (response.status == 401)
    hint = fmt::format("the token of {} ended or was taken back: make a new one", login_.from);
  auto kind = kind_of_status(response.status);
  // Databricks answers 400 for what is not there in some places, and 403 for a token that ended.
  if (answer.code.ends_with("DOES_NOT_EXIST") || answer.code.ends_with("NOT_FOUND"))
    kind = ErrorKind::missing;
  return {kind, std::move(what), std::move(hint)};
}

}  // namespace quarentena
