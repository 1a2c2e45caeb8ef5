#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "engine/table_query.h"

namespace quarentena::cli {

enum class OutputForm { table, csv, json };

/// `-o, --output table|csv|json`, and `--json` for short.
void add_output_option(CLI::App& verb, OutputForm& form);

/// Asks and prints: a boxed table (at most `limit` rows, the rest counted; 0: all), CSV with a
/// header, or a JSON array of objects. Stops early, without an error, when the reader of stdout is
/// gone.
Status print_answer(TableQuery& query, const std::string& sql, OutputForm form, std::size_t limit);

}  // namespace quarentena::cli
