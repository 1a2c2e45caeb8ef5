#pragma once

#include <CLI/CLI.hpp>

/// The verbs of the service over HTTP; command.h says what a verb is.
namespace quarentena::cli {

void add_serve(CLI::App& verb, int& exit_code);
void add_tokens(CLI::App& verb, int& exit_code);

}  // namespace quarentena::cli
