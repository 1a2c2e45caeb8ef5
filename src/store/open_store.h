#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "base/error.h"
#include "store/object_store.h"

namespace quarentena {

/// The store that `location` (`s3://bucket/a`, `abfss://...`, `gs://...`) is on, with the
/// credentials that `auth` gives (as written: references are resolved here) or else those that the
/// vendor's own tools would find: see aws_access; for ADLS AZURE_STORAGE_* and a managed identity;
/// for GCS GOOGLE_APPLICATION_CREDENTIALS and the application's default, or the machine's own;
/// where each is: AWS_ENDPOINT_URL_S3, AZURE_STORAGE_ENDPOINT, GOOGLE_STORAGE_ENDPOINT. `stop` may
/// be null and must outlive the store. Errors: config, auth; no server is asked yet.
Result<std::shared_ptr<ObjectStore>> open_store(const std::string& location,
                                                const std::map<std::string, std::string>& auth,
                                                const std::atomic<bool>* stop = nullptr,
                                                const StoreLimits& limits = {});

}  // namespace quarentena
