#pragma once

#include <string_view>
#include <utility>
#include <vector>

/// Internal to src/analytics.
namespace quarentena::analytics {

/// The files of `analytics/` as they were when the program was built: name without `.sql`, text.
const std::vector<std::pair<std::string_view, std::string_view>>& builtin_files();

}  // namespace quarentena::analytics
