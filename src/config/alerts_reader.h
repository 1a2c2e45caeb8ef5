#pragma once

#include <filesystem>
#include <vector>

#include "config/alerts.h"
#include "config/document.h"
#include "config/problem.h"
#include "config/telemetry.h"

namespace quarentena {

/// `alerts` of the file; relative paths are relative to `folder`. check_keys() has reported on keys
/// and types. No message shows a credential.
Alerts read_alerts(const yaml::Node& root, const std::filesystem::path& folder,
                   std::vector<Problem>& problems);

/// The same of `telemetry`.
Telemetry read_telemetry(const yaml::Node& root, const std::filesystem::path& folder,
                         std::vector<Problem>& problems);

}  // namespace quarentena
