#pragma once

#include <filesystem>
#include <string>

#include "run/report.h"

namespace quarentena {

/// The last run of this machine's staging and its last success, in Prometheus' text format; empty
/// before there was one. Dry runs do not count.
std::string run_metrics(const std::filesystem::path& staging);

/// The same of given runs. `success` may be null. Pure.
std::string run_metrics(const RunReport& last, const RunReport* success);

}  // namespace quarentena
