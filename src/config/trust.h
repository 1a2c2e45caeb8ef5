#pragma once

#include <vector>

#include "config/document.h"
#include "config/plan.h"
#include "config/problem.h"

namespace quarentena {

/// What a source's entry says of memory and acceptance (keys::trust()), into `source`, whose period
/// is read already. check_keys() has reported on keys and types.
void read_trust(const yaml::Node& entry, Source& source, std::vector<Problem>& problems);

/// `release_brake` of the file, into `plan`, whose sources are read already.
void read_brakes(const yaml::Node& root, Plan& plan, std::vector<Problem>& problems);

}  // namespace quarentena
