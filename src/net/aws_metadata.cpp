#include "net/aws_metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/date.h"
#include "base/slashes.h"

namespace quarentena {
namespace {

constexpr std::chrono::milliseconds kInstanceTimeout{1'000};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// The document that both services give.
Result<AwsKeys> keys_from(const std::string& body, const std::string& place) {
  const auto document = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  const auto text = [&](const char* key) {
    return document.is_object() && document.contains(key) && document[key].is_string()
               ? document[key].get<std::string>()
               : std::string();
  };
  AwsKeys keys;
  keys.access_key_id = text("AccessKeyId");
  keys.secret_access_key = Secret(text("SecretAccessKey"));
  keys.session_token = Secret(text("Token"));
  if (keys.access_key_id.empty() || keys.secret_access_key.empty())
    return fail(ErrorKind::auth, fmt::format("{} gives no keys", place),
                "is a role attached to this machine or container?");
  if (const auto end = text("Expiration"); !end.empty()) {
    TRY_ASSIGN(keys.expires_ms, parse_timestamp_ms(end, "UTC"));
  }
  return keys;
}

/// A token sent in the open may only go to addresses that do not leave the machine.
bool stays_here(const std::string& url) {
  if (url.rfind("https://", 0) == 0) return true;
  static constexpr std::array kHosts = {"http://127.",           "http://localhost",
                                        "http://[::1]",          "http://169.254.170.2",
                                        "http://169.254.170.23", "http://[fd00:ec2::23]"};
  return std::any_of(kHosts.begin(), kHosts.end(), [&](const std::string& host) {
    if (url.rfind(host, 0) != 0) return false;
    const auto next = url.substr(host.size(), 1);
    return host.ends_with('.') || next.empty() || next == "/" || next == ":";
  });
}

}  // namespace

Result<std::optional<AwsKeys>> container_keys(const std::atomic<bool>* stop) {
  std::string url = variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (const auto relative = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); !relative.empty())
    url = "http://169.254.170.2" + relative;
  if (url.empty()) return std::nullopt;
  if (!stays_here(url))
    return fail(ErrorKind::config,
                fmt::format("AWS_CONTAINER_CREDENTIALS_FULL_URI is {}", shown_url(url)),
                "over http:// only this machine's or the container host's own address is allowed");
  HttpRequest request;
  request.url = url;
  request.stop = stop;
  auto token = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  if (const auto file = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); !file.empty()) {
    std::ifstream in(file, std::ios::binary);
    if (!in)
      return fail(ErrorKind::auth,
                  fmt::format("cannot read AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE ({})", file));
    token.assign(std::istreambuf_iterator<char>(in), {});
    while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  }
  if (!token.empty())
    request.secret_headers.emplace_back("Authorization", Secret(std::move(token)));
  TRY_ASSIGN(const auto response, expect_ok(request, send(request)));
  return keys_from(response.body, "the container's credentials service");
}

Result<std::optional<AwsKeys>> instance_keys(const std::atomic<bool>* stop) {
  if (variable("AWS_EC2_METADATA_DISABLED") == "true") return std::nullopt;
  auto endpoint = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (endpoint.empty()) endpoint = "http://169.254.169.254";
  endpoint = without_slash(std::move(endpoint));
  RetryPolicy once;
  once.attempts = 1;
  HttpRequest request;
  request.method = "PUT";
  request.url = endpoint + "/latest/api/token";
  request.headers = {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}};
  request.timeouts = {kInstanceTimeout, kInstanceTimeout, kInstanceTimeout};
  request.stop = stop;
  const auto token = send(request, once);
  if (!token || !token->ok()) return std::nullopt;  // not a machine of AWS

  request.method = "GET";
  request.headers.clear();
  request.secret_headers = {{"X-aws-ec2-metadata-token", Secret(std::string_view(token->body))}};
  const auto roles = endpoint + "/latest/meta-data/iam/security-credentials/";
  request.url = roles;
  TRY_ASSIGN(const auto listed, send(request));
  if (listed.status == 404) return std::nullopt;
  TRY_ASSIGN(const auto named, expect_ok(request, listed));
  const auto role = named.body.substr(0, named.body.find_first_of("\r\n"));
  if (role.empty()) return std::nullopt;
  request.url = roles + percent_encoded(role);
  TRY_ASSIGN(const auto response, expect_ok(request, send(request)));
  return keys_from(response.body, "the instance's metadata service");
}

}  // namespace quarentena
