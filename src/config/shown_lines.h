#pragma once

#include <string_view>
#include <vector>

#include "config/document.h"
#include "config/problem.h"

namespace quarentena {

/// Gives each problem its line of the file, except lines that may hold a secret: those of an `auth`
/// map, and those that look like one. `root` is null when the text could not be parsed; then what
/// stands below an `auth:` is told by its indentation.
void show_lines(std::string_view text, const yaml::Node* root, std::vector<Problem>& problems);

}  // namespace quarentena
