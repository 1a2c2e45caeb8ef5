#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "base/error.h"
#include "net/aws_sts.h"
#include "net/secrets.h"

namespace quarentena {

/// How to speak with S3: who we are, where it is.
struct AwsAccess {
  std::string region;
  std::string endpoint;  ///< empty: AWS itself
  bool anonymous = false;
  /// The keys, asked for anew at every call (they may have been renewed, a role is assumed again).
  /// May be called from any thread. Empty when anonymous. Errors: auth (there are none, or AWS
  /// refuses), config (a profile that is not there), transient.
  std::function<Result<AwsKeys>()> keys;
};

/// Credentials as the tools of AWS find them; the first of these that says something:
///   auth's access_key_id and secret_access_key (session_token); auth's profile;
///   AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN;
///   the profile that AWS_PROFILE names, else `default`: keys, role_arn with source_profile,
///   credential_source or web_identity_token_file, credential_process;
///   the container's service; the instance's.
/// auth's role_arn is assumed with what was found. The region: auth, AWS_REGION,
/// AWS_DEFAULT_REGION, the profile, us-east-1. The endpoint: auth, AWS_ENDPOINT_URL_S3,
/// AWS_ENDPOINT_URL, the profile. `stop` may be null and must outlive the keys function. Errors:
/// config, auth.
Result<AwsAccess> aws_access(const Secrets& auth, const std::atomic<bool>* stop);

}  // namespace quarentena
