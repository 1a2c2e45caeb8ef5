#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "net/databricks_client.h"
#include "net/secrets.h"

namespace quarentena {
namespace {

/// RFC 4648, as the API sends it; nullopt when it is not that.
std::optional<std::string> from_base64(const std::string& text) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  int held = 0;
  for (const char c : text) {
    if (c == '=' || c == '\n' || c == '\r') continue;
    const auto digit = kDigits.find(c);
    if (digit == std::string_view::npos) {
      wipe(out);
      return std::nullopt;
    }
    bits = (bits << 6 | static_cast<unsigned>(digit)) & 0xFFFFFF;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xFF);
  }
  return out;
}

}  // namespace

Result<Secret> databricks_secret(const std::string& scope, const std::string& key,
                                 const std::atomic<bool>* stop) {
  const auto doing = fmt::format("read the secret ${{databricks:{}/{}}}", scope, key);
  auto login = databricks_login({}, stop);
  if (!login) {
    login.error().what = fmt::format("cannot {}: {}", doing, login.error().what);
    return fail_with(std::move(login));
  }
  const auto client = DatabricksClient::of(std::move(*login));
  TRY_ASSIGN(HttpResponse response,
             client->call("GET",
                          fmt::format("/api/2.0/secrets/get?scope={}&key={}",
                                      percent_encoded(scope), percent_encoded(key)),
                          {}, stop));
  if (!response.ok()) {
    auto error = client->error_of(doing, response);
    if (error.kind == ErrorKind::missing)
      error.hint = "`databricks secrets list-scopes` and `list-secrets` show what is there";
    if (response.status == 403)
      error.hint = fmt::format(
          "ask for READ on the scope: databricks secrets put-acl {} "
          "<principal> READ",
          scope);
    return tl::unexpected<Error>(std::move(error));
  }
  auto answer = nlohmann::json::parse(response.body, nullptr, false);
  wipe(response.body);
  std::optional<std::string> value;
  if (answer.is_object() && answer.contains("value") && answer["value"].is_string())
    value = from_base64(answer["value"].get_ref<std::string&>());
  if (!value || value->empty())
    return fail(ErrorKind::data, fmt::format("cannot {}: the answer holds no value", doing));
  return Secret(std::move(*value));
}

}  // namespace quarentena
