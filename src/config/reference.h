#pragma once

#include <string>

namespace quarentena {

/// docs/configuration.md: every key of quarentena.yml, from the same table that checks the file.
std::string configuration_reference_markdown();

}  // namespace quarentena
