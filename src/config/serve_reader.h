#pragma once

#include <filesystem>
#include <vector>

#include "config/document.h"
#include "config/problem.h"
#include "config/serve.h"

namespace quarentena {

/// `serve` of the file, with its defaults; relative paths are relative to `folder`. check_keys()
/// has reported on keys and types.
Serve read_serve(const yaml::Node& root, const std::filesystem::path& folder,
                 std::vector<Problem>& problems);

}  // namespace quarentena
