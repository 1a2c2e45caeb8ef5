#pragma once

#include <map>
#include <string>

#include "analytics/analysis.h"
#include "base/date.h"
#include "base/error.h"

/// Internal to src/analytics.
namespace quarentena::analytics {

/// What `today` and `latest` mean.
struct Days {
  Date today;
  Date latest;
};

/// The value as it is meant: `latest-29` becomes 2024-04-29. Errors: config.
Result<std::string> resolved(const Parameter& parameter, const std::string& value,
                             const Days& days);

/// The analysis' SQL with literals in the place of its parameters, which `values` gives, resolved.
std::string bound_sql(const Analysis& analysis, const std::map<std::string, std::string>& values);

}  // namespace quarentena::analytics
