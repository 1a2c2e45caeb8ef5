#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "config/problem.h"

namespace quarentena {

/// What an address is for decides its schemes.
enum class Place { location, table, catalog, staging };

/// The address as the Plan holds it: a path (or file://) becomes absolute, relative to `folder`;
/// another scheme stays as written. nullopt when it was reported to `problems`.
std::optional<std::string> read_address(const yaml::Node& node, Place place,
                                        const std::filesystem::path& folder,
                                        std::vector<Problem>& problems);

/// Has a scheme: not a path of this machine.
bool is_uri(std::string_view address);

/// The last extension of a location, lower case, without .gz, .zip, .pgp, .gpg or .asc: "csv".
/// Empty: none.
std::string data_extension(std::string_view location);

}  // namespace quarentena
