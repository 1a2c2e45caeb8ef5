#pragma once

#include <string>

#include "analytics/analysis.h"
#include "base/error.h"

/// Internal to src/analytics.
namespace quarentena::analytics {

/// `shown` is the file as errors name it. Errors: config, with the line: a key that is none, a
/// value that cannot be, a parameter that the SQL does not use or that no line declares.
Result<Analysis> parse_analysis(const std::string& name, const std::string& shown,
                                const std::string& text);

}  // namespace quarentena::analytics
