#pragma once

#include <filesystem>
#include <string_view>
#include <tl/expected.hpp>

#include "base/error.h"
#include "config/plan.h"
#include "config/problem.h"

namespace quarentena {

using PlanOrProblems = tl::expected<Plan, Problems>;

/// Reads and validates a configuration file; reports everything that is wrong with it at once, in
/// the file's order. Reads nothing else: no source, no secret, no environment.
PlanOrProblems read_plan(const std::filesystem::path& file);

/// The same for text, as if it stood in `file` (relative paths are relative to its folder).
PlanOrProblems read_plan(std::string_view text, const std::filesystem::path& file);

/// read_plan() for whoever only passes errors on: `what` lists every problem as format_problems()
/// does. `missing` when there is no such file, else `config`.
Result<Plan> load_plan(const std::filesystem::path& file);

}  // namespace quarentena
