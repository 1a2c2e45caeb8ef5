#include "store/open_store.h"

#include <fmt/format.h>

#include <cstdlib>
#include <initializer_list>

#include "net/aws_credentials.h"
#include "net/secrets.h"

namespace quarentena {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// The setting is auth's, else the first of the environment's that is there.
void set(StoreOptions& options, const std::string& setting, const Secrets& auth, const char* key,
         std::initializer_list<const char*> variables) {
  std::string value = secret_of(auth, key).reveal();
  for (const char* name : variables)
    if (value.empty()) value = variable(name);
  if (!value.empty()) options.settings[setting] = std::move(value);
}

Status use_s3(StoreOptions& options, const Secrets& auth, StopFlag stop) {
  TRY_ASSIGN(const AwsAccess access, aws_access(auth, stop));
  options.settings["aws_region"] = access.region;
  if (!access.endpoint.empty()) options.settings["aws_endpoint"] = access.endpoint;
  if (access.anonymous) {
    options.settings["aws_skip_signature"] = "true";
    return {};
  }
  options.credentials = [keys = access.keys]() -> Result<StoreCredentials> {
    TRY_ASSIGN(const AwsKeys issued, keys());
    StoreCredentials credentials;
    credentials.key_id = issued.access_key_id;
    credentials.secret_key = issued.secret_access_key.reveal();
    credentials.session_token = issued.session_token.reveal();
    credentials.expires_ms = issued.expires_ms;
    return credentials;
  };
  return {};
}

void use_azure(StoreOptions& options, const Secrets& auth) {
  set(options, "azure_storage_account_name", auth, "account", {"AZURE_STORAGE_ACCOUNT_NAME"});
  set(options, "azure_storage_account_key", auth, "account_key",
      {"AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_ACCESS_KEY"});
  set(options, "azure_storage_sas_key", auth, "sas_token",
      {"AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_SAS_KEY"});
  set(options, "azure_storage_client_id", auth, "client_id", {"AZURE_CLIENT_ID"});
  set(options, "azure_storage_client_secret", auth, "client_secret", {"AZURE_CLIENT_SECRET"});
  set(options, "azure_storage_tenant_id", auth, "tenant", {"AZURE_TENANT_ID"});
  set(options, "azure_federated_token_file", auth, "", {"AZURE_FEDERATED_TOKEN_FILE"});
  set(options, "azure_storage_endpoint", auth, "endpoint", {"AZURE_STORAGE_ENDPOINT"});
  if (secret_of(auth, "anonymous").reveal() == "true")
    options.settings["azure_skip_signature"] = "true";
}

void use_gcs(StoreOptions& options, const Secrets& auth) {
  set(options, "google_service_account", auth, "service_account",
      {"GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_PATH"});
  set(options, "google_application_credentials", auth, "", {"GOOGLE_APPLICATION_CREDENTIALS"});
  set(options, "google_base_url", auth, "endpoint", {"GOOGLE_STORAGE_ENDPOINT"});
  if (secret_of(auth, "anonymous").reveal() == "true")
    options.settings["google_skip_signature"] = "true";
}

}  // namespace

Result<std::shared_ptr<ObjectStore>> open_store(const std::string& location,
                                                const std::map<std::string, std::string>& auth,
                                                StopFlag stop, const StoreLimits& limits) {
  TRY_ASSIGN(const Secrets secrets, resolve(auth, stop));
  StoreOptions options;
  options.url = split_store_path(location).url;
  options.limits = limits;
  for (const char* name : {"QUARENTENA_CA_FILE", "AWS_CA_BUNDLE"})
    if (options.ca_file.empty()) options.ca_file = variable(name);
  if (const auto named = secret_of(secrets, "ca_file").reveal(); !named.empty())
    options.ca_file = named;
  if (location.starts_with("s3://")) {
    TRY_STATUS(use_s3(options, secrets, stop));
  } else if (location.starts_with("abfss://")) {
    use_azure(options, secrets);
  } else {
    use_gcs(options, secrets);
  }
  return ObjectStore::open(std::move(options));
}

}  // namespace quarentena
