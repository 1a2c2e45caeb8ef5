#pragma once

#include "run/explain.h"

namespace quarentena::cli {

/// For people, on stdout.
void print_explanation(const Explanation& explanation);

}  // namespace quarentena::cli
