#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "config/keys.h"
#include "config/problem.h"

namespace quarentena {

/// The file against the table of known keys: unknown and missing keys, wrong types, words that are
/// not known, numbers out of range. What depends on two values is for load.cpp.
void check_keys(const yaml::Node& root, std::vector<Problem>& problems);

/// `50%` or `50`; nullopt: neither.
std::optional<std::int64_t> percent_of(const yaml::Node& node);

/// "'a', 'b' or 'c'".
std::string either(const std::vector<std::string>& words);

/// "; did you mean 'x'?", or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace quarentena
