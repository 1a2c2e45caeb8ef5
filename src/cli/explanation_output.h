#pragma once

#include "run/explain.h"

namespace quarentena::cli {

/// For people, on stdout.
void print_explanation(const Explanation& explanation);
/// The stable form of docs/cli.md, `explain --json`.
std::string to_json(const Explanation& explanation);

}  // namespace quarentena::cli
