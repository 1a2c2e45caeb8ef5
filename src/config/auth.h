#pragma once

#include <filesystem>
#include <vector>

#include "config/document.h"
#include "config/keys.h"
#include "config/plan.h"
#include "config/problem.h"

namespace quarentena {

/// An `auth` map, whose keys and types check_keys() has already reported on. No message shows a
/// value of it.
Auth read_auth(const yaml::Node& map, const std::filesystem::path& folder,
               std::vector<Problem>& problems);

/// Every entry of `map` that `known` says is a secret must be one whole reference. No message shows
/// a value.
void check_references(const yaml::Node& map, const std::vector<keys::Key>& known,
                      std::vector<Problem>& problems);

}  // namespace quarentena
