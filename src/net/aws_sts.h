#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/secret.h"
#include "net/http.h"

/// Keys of AWS, and the service that gives them for a time (STS).
namespace quarentena {

struct AwsKeys {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;                    ///< empty for lasting keys
  std::optional<std::int64_t> expires_ms;  ///< Unix time; empty: they last
};

struct AwsRole {
  std::string arn;
  std::string session_name;  ///< as it is shown in the account's logs
  std::string external_id;   ///< empty: none asked for
  std::string region;        ///< whose STS is asked; AWS_ENDPOINT_URL_STS names another server
};

/// Errors: auth (AWS refuses), transient, data (an answer that is not STS's).
Result<AwsKeys> assume_role(const AwsRole& role, const AwsKeys& keys,
                            const std::atomic<bool>* stop);
Result<AwsKeys> assume_role_with_token(const AwsRole& role, const Secret& web_identity_token,
                                       const std::atomic<bool>* stop);

/// Adds the headers of Signature Version 4 to a POST without a query; `when` as 20240528T103000Z.
void sign_aws(HttpRequest& request, const AwsKeys& keys, const std::string& region,
              const std::string& service, const std::string& when);

}  // namespace quarentena
