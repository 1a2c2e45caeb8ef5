#pragma once

#include <filesystem>

#include "base/error.h"

namespace quarentena {

/// The folder of the user's own analyses: `analytics` of a configuration file, absolute; empty:
/// none. As load_serve(), for a file that load_plan() accepts. Errors: config.
Result<std::filesystem::path> load_analyses_folder(const std::filesystem::path& file);

}  // namespace quarentena
