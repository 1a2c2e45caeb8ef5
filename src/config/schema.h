#pragma once

#include <string>

namespace quarentena {

/// The JSON Schema (draft 2020-12) of quarentena.yml, for editors: indented text that ends in a
/// newline. It refuses what a schema can refuse; what depends on two values, or on the machine,
/// only loading finds.
std::string json_schema();

}  // namespace quarentena
