#pragma once

#include <vector>

#include "config/document.h"
#include "config/plan.h"
#include "config/problem.h"

namespace quarentena {

/// `check` of the file, into `plan`, whose sources are read already. check_keys() has reported on
/// keys and types.
void read_check_rules(const yaml::Node& root, Plan& plan, std::vector<Problem>& problems);

}  // namespace quarentena
