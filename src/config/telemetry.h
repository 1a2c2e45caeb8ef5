#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"

namespace quarentena {

/// What a team's own monitoring is told of each run (src/telemetry).
struct Telemetry {
  std::string otlp;                    ///< `https://collector:4318`; empty: no traces
  std::string headers;                 ///< a reference to `name=value,name=value`; may be empty
  std::filesystem::path ca_file;       ///< absolute; empty: the system's authorities
  std::filesystem::path metrics_file;  ///< absolute; empty: none
};

/// `telemetry` of a configuration file, as load_alerts().
Result<Telemetry> load_telemetry(const std::filesystem::path& file);

}  // namespace quarentena
