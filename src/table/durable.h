#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "table/table.h"

/// Internal to src/table.
namespace quarentena {

/// Waits until the files are on the disk, so that a machine that stops after the commit does not
/// leave a version whose data is gone. Remote stores promise that by themselves: nothing is done.
/// Errors: bug when a file is not there.
Status make_durable(const std::string& location, const std::vector<NewFile>& files);

/// `a%20b` -> `a b`; a percent sign that starts no escape stays.
std::string percent_decoded(std::string_view text);

}  // namespace quarentena
