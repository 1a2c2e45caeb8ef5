#include "store/catalog_store.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "base/slashes.h"
#include "net/aws_credentials.h"
#include "net/http.h"
#include "net/secrets.h"
#include "store/open_store.h"

namespace quarentena {
namespace {

using Texts = std::map<std::string, std::string>;

/// The keys of `auth` that are the store's; the others sign in to the catalog.
constexpr const char* kStoreKeys[] = {
    "access_key_id", "secret_access_key", "session_token",   "role_arn", "region",   "endpoint",
    "account",       "account_key",       "service_account", "ca_file",  "anonymous"};

Texts of_store(const Texts& auth) {
  Texts out;
  for (const char* key : kStoreKeys)
    if (const auto at = auth.find(key); at != auth.end()) out.insert(*at);
  return out;
}

StoreCredentials as_store_credentials(const TemporaryCredentials& given) {
  StoreCredentials out;
  out.key_id = given.aws_key_id.reveal();
  out.secret_key = given.aws_secret_key.reveal();
  out.session_token = given.aws_session_token.reveal();
  out.sas_token = given.azure_sas.reveal();
  out.bearer = given.bearer.reveal();
  if (given.expires_ms > 0) out.expires_ms = given.expires_ms;
  return out;
}

constexpr std::int64_t kSpareMs = 60'000;

std::int64_t unix_ms() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

/// The first answer is the one that was asked for when the storage was opened.
GiveCredentials giver(AskCredentials ask, TemporaryCredentials first) {
  auto held = std::make_shared<std::optional<TemporaryCredentials>>(std::move(first));
  return [ask = std::move(ask), held]() -> Result<StoreCredentials> {
    const bool good =
        *held && ((*held)->expires_ms == 0 || (*held)->expires_ms > unix_ms() + kSpareMs);
    if (good) {
      auto out = as_store_credentials(**held);
      held->reset();
      return out;
    }
    TRY_ASSIGN(const TemporaryCredentials fresh, ask());
    return as_store_credentials(fresh);
  };
}

Result<std::shared_ptr<ObjectStore>> open_with(const std::string& url, const Texts& auth,
                                               AskCredentials ask, TemporaryCredentials first,
                                               StopFlag stop, const StoreLimits& limits) {
  TRY_ASSIGN(Secrets secrets, resolve(of_store(auth), stop));
  StoreOptions options;
  options.url = split_store_path(url).url;
  options.limits = limits;
  options.ca_file = secret_of(secrets, "ca_file").reveal();
  if (url.starts_with("s3://")) {
    secrets.erase("role_arn");
    secrets["anonymous"] = Secret(std::string("true"));  // the keys are the catalog's
    TRY_ASSIGN(const AwsAccess access, aws_access(secrets, stop));
    options.settings["aws_region"] = access.region;
    const auto& endpoint = first.endpoint.empty() ? access.endpoint : first.endpoint;
    if (!endpoint.empty()) options.settings["aws_endpoint"] = endpoint;
  } else if (url.starts_with("abfss://")) {
    for (const auto& [key, setting] : {std::pair{"account", "azure_storage_account_name"},
                                       std::pair{"endpoint", "azure_storage_endpoint"}})
      if (!secret_of(secrets, key).empty())
        options.settings[setting] = secret_of(secrets, key).reveal();
  }
  options.credentials = giver(std::move(ask), std::move(first));
  return ObjectStore::open(std::move(options));
}

/// "/a b" of "file:///a%20b".
std::string path_of_file_url(const std::string& url) {
  auto text = url.substr(std::string_view("file:").size());
  if (text.starts_with("//")) text = text.substr(std::min(text.find('/', 2), text.size()));
  std::string path;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto hex = text.substr(i + 1, 2);
    if (text[i] == '%' && hex.size() == 2 &&
        hex.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos) {
      path += static_cast<char>(std::stoi(hex, nullptr, 16));
      i += 2;
    } else {
      path += text[i];
    }
  }
  return path_without_slash(std::move(path));
}

}  // namespace

std::string catalog_url(const std::string& location) {
  return location.starts_with('/') ? "file://" + percent_encoded(location, Slash::keep) : location;
}

Result<CatalogStorage> open_catalog_storage(const std::string& url, const Texts& auth,
                                            AskCredentials ask, StopFlag stop,
                                            const StoreLimits& limits) {
  std::string location = url;
  if (location.starts_with("s3a://")) location.erase(2, 1);
  while (location.ends_with('/') && !location.ends_with("://")) location.pop_back();
  const bool local = location.starts_with("file:");
  if (!local && !is_object_store(location))
    return fail(ErrorKind::config, fmt::format("this version does not open {}", location),
                "it opens file://, s3://, abfss:// and gs://");
  TRY_ASSIGN(TemporaryCredentials first, ask());
  if (local) return CatalogStorage{path_of_file_url(location), nullptr};
  if (first.none()) {
    TRY_ASSIGN(auto store, open_store(location, of_store(auth), stop, limits));
    return CatalogStorage{location, std::move(store)};
  }
  TRY_ASSIGN(auto store, open_with(location, auth, std::move(ask), std::move(first), stop, limits));
  return CatalogStorage{location, std::move(store)};
}

}  // namespace quarentena
