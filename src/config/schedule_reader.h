#pragma once

#include <string>
#include <vector>

#include "config/document.h"
#include "config/plan.h"
#include "config/problem.h"
#include "config/schedule.h"

namespace quarentena {

/// `schedule` of the file, with its defaults. `plan` has its zone and its sources. check_keys() has
/// reported on keys and types.
Schedule read_schedule(const yaml::Node& root, const Plan& plan, std::vector<Problem>& problems);

}  // namespace quarentena
