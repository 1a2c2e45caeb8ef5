#pragma once

#include <CLI/CLI.hpp>

/// The verbs that watch over runs; command.h says what a verb is.
namespace quarentena::cli {

void add_alerts(CLI::App& verb, int& exit_code);

}  // namespace quarentena::cli
