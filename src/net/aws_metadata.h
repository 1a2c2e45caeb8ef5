#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "base/error.h"
#include "net/aws_sts.h"

/// Keys that a machine of AWS gives to what runs on it.
namespace quarentena {

/// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI (ECS, EKS Pod Identity). nullopt: neither is
/// set. Errors: config (an http address that is not this machine's or the container host's), auth,
/// transient.
Result<std::optional<AwsKeys>> container_keys(const std::atomic<bool>* stop);

/// The instance's role, from its metadata service (IMDSv2; AWS_EC2_METADATA_SERVICE_ENDPOINT names
/// another address, AWS_EC2_METADATA_DISABLED=true switches it off). nullopt: nobody answers there
/// within a second, or the instance has no role.
Result<std::optional<AwsKeys>> instance_keys(const std::atomic<bool>* stop);

}  // namespace quarentena
