#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/date.h"
#include "base/error.h"

namespace quarentena {

/// A commented quarentena.yml whose only active source is the csv of starting_contacts().
std::string starting_config();

/// A small csv for it: contacts of the days before `today`, in quarantine and out of it.
std::string starting_contacts(Date today);

/// Writes quarentena.yml and entrada/marketing.csv into `folder` (created when absent) and returns
/// their paths. Overwrites nothing: `config` when either is there already.
Result<std::vector<std::filesystem::path>> write_starting_point(const std::filesystem::path& folder,
                                                                Date today);

}  // namespace quarentena
