#pragma once

#include <map>
#include <string>

#include "base/error.h"

namespace quarentena {

/// One profile: what ~/.aws/config and ~/.aws/credentials say of it, the latter winning. Keys in
/// lower case; values may be secrets.
using AwsProfile = std::map<std::string, std::string>;

/// Every profile of the two files (AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name others). A
/// file that is not there holds none. Error: auth, a file that cannot be read.
Result<std::map<std::string, AwsProfile>> read_aws_profiles();

/// The same from texts, for tests. `[profile x]` in config, `[x]` in credentials.
std::map<std::string, AwsProfile> parse_aws_profiles(const std::string& config,
                                                     const std::string& credentials);

}  // namespace quarentena
