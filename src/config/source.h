#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "config/document.h"
#include "config/problem.h"

namespace quarentena {

/// `dias` of a source whose period could not be read; never in a Plan.
inline constexpr int kUnread = -1;

/// One entry of `sources:`, whose keys and types check_keys() has already reported on. What is
/// wrong beyond that goes to `problems`; the Source is then incomplete and only good for finding
/// more.
Source read_source(const yaml::Entry& entry, const std::filesystem::path& folder,
                   std::vector<Problem>& problems);

}  // namespace quarentena
