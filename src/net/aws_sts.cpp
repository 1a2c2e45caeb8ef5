#include "net/aws_sts.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdlib>

#include "base/date.h"
#include "base/hex.h"
#include "base/sha256.h"

namespace quarentena {
namespace {

std::string sha256_hex(const std::string& text) {
  Sha256 digest;
  digest.add(text);
  return digest.hex();
}

std::string hmac(const std::string& key, const std::string& text) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), out, &size);
  return {reinterpret_cast<const char*>(out), size};
}

/// 20240528T103000Z
std::string compact_time(std::int64_t ms) {
  std::string out;
  for (const char c : utc_iso(ms).substr(0, 19))
    if (c != '-' && c != ':') out += c;
  return out + "Z";
}

std::string element(const std::string& xml, const std::string& name) {
  const auto open = xml.find("<" + name + ">");
  if (open == std::string::npos) return "";
  const auto begin = open + name.size() + 2;
  return xml.substr(begin, xml.find('<', begin) - begin);
}

std::string endpoint_of(const AwsRole& role) {
  for (const char* name : {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"})
    if (const char* url = std::getenv(name); url && *url) return url;
  if (role.region.rfind("cn-", 0) == 0)
    return fmt::format("https://sts.{}.amazonaws.com.cn", role.region);
  return fmt::format("https://sts.{}.amazonaws.com", role.region);
}

HttpRequest request_of(const AwsRole& role, const std::string& action,
                       const std::atomic<bool>* stop) {
  HttpRequest request;
  request.method = "POST";
  request.url = endpoint_of(role);
  if (request.url.find('/', request.url.find("://") + 3) == std::string::npos) request.url += '/';
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  request.body = fmt::format("Action={}&Version=2011-06-15&RoleArn={}&RoleSessionName={}", action,
                             percent_encoded(role.arn), percent_encoded(role.session_name));
  if (!role.external_id.empty()) request.body += "&ExternalId=" + percent_encoded(role.external_id);
  request.stop = stop;
  return request;
}

Result<AwsKeys> keys_from(const AwsRole& role, const HttpRequest& request,
                          Result<HttpResponse> sent) {
  if (!sent) return fail_with(std::move(sent));
  if (!sent->ok()) {
    // Only STS's own code is shown: the rest of an answer may hold what was sent.
    const auto code = element(sent->body, "Code");
    auto error = status_error(request, sent->status);
    if (code == "ExpiredToken" || code == "ExpiredTokenException" ||
        code == "InvalidIdentityToken" || code == "AccessDenied" || code == "InvalidClientTokenId")
      error.kind = ErrorKind::auth;
    error.what = fmt::format("cannot assume the role {}: {}{}", role.arn, error.what,
                             code.empty() ? "" : " (" + code + ")");
    error.hint = "the role's trust policy must name who asks, and who asks needs sts:AssumeRole";
    return tl::unexpected<Error>(std::move(error));
  }
  AwsKeys keys;
  keys.access_key_id = element(sent->body, "AccessKeyId");
  keys.secret_access_key = Secret(element(sent->body, "SecretAccessKey"));
  keys.session_token = Secret(element(sent->body, "SessionToken"));
  TRY_ASSIGN(keys.expires_ms, parse_timestamp_ms(element(sent->body, "Expiration"), "UTC"));
  wipe(sent->body);
  if (keys.access_key_id.empty() || keys.secret_access_key.empty())
    return fail(ErrorKind::data,
                fmt::format("cannot assume the role {}: {} answered without keys", role.arn,
                            shown_url(request.url)),
                "is AWS_ENDPOINT_URL_STS the address of STS?");
  return keys;
}

}  // namespace

void sign_aws(HttpRequest& request, const AwsKeys& keys, const std::string& region,
              const std::string& service, const std::string& when) {
  const auto host_at = request.url.find("://") + 3;
  const auto path_at = request.url.find('/', host_at);
  const auto host = request.url.substr(host_at, path_at - host_at);
  const auto path = path_at == std::string::npos ? "/" : request.url.substr(path_at);
  const auto day = when.substr(0, 8);
  std::string signed_headers = "content-type;host;x-amz-date";
  auto canonical_headers = fmt::format("content-type:{}\nhost:{}\nx-amz-date:{}\n",
                                       request.headers.front().second, host, when);
  request.headers.emplace_back("X-Amz-Date", when);
  if (!keys.session_token.empty()) {
    signed_headers += ";x-amz-security-token";
    canonical_headers += fmt::format("x-amz-security-token:{}\n", keys.session_token.reveal());
    request.secret_headers.emplace_back("X-Amz-Security-Token", keys.session_token);
  }
  const auto canonical = fmt::format("{}\n{}\n\n{}\n{}\n{}", request.method, path,
                                     canonical_headers, signed_headers, sha256_hex(request.body));
  const auto scope = fmt::format("{}/{}/{}/aws4_request", day, region, service);
  const auto to_sign =
      fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", when, scope, sha256_hex(canonical));
  auto key = "AWS4" + keys.secret_access_key.reveal();
  for (const auto& part : {day, region, service, std::string("aws4_request")}) {
    auto next = hmac(key, part);
    wipe(key);
    key = std::move(next);
  }
  request.secret_headers.emplace_back(
      "Authorization",
      Secret(fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                         keys.access_key_id, scope, signed_headers, hex_of(hmac(key, to_sign)))));
  wipe(key);
}

Result<AwsKeys> assume_role(const AwsRole& role, const AwsKeys& keys,
                            const std::atomic<bool>* stop) {
  auto request = request_of(role, "AssumeRole", stop);
  sign_aws(request, keys, role.region, "sts", compact_time(now_ms()));
  return keys_from(role, request, send(request));
}

Result<AwsKeys> assume_role_with_token(const AwsRole& role, const Secret& web_identity_token,
                                       const std::atomic<bool>* stop) {
  auto request = request_of(role, "AssumeRoleWithWebIdentity", stop);
  request.body += "&WebIdentityToken=" + percent_encoded(web_identity_token.reveal());
  auto sent = send(request);
  wipe(request.body);
  return keys_from(role, request, std::move(sent));
}

}  // namespace quarentena
