#pragma once

#include <string>

#include "run/explain.h"

namespace quarentena {

/// The stable form of docs/cli.md, `explain --json`, and of POST /v1/explain.
std::string to_json(const Explanation& explanation);

}  // namespace quarentena
