#pragma once

#include <CLI/CLI.hpp>
#include <atomic>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/plan.h"
#include "table/table.h"

/// One verb of the command line: its options and what it does. all_commands() lists them.
namespace quarentena::cli {

struct Command {
  const char* name;
  /// Adds the verb's options to its sub-command; when it is chosen, what it did ends in
  /// `exit_code`.
  void (*add)(CLI::App& verb, int& exit_code);
  const char* summary;
};

const std::vector<Command>& all_commands();

void add_run(CLI::App& verb, int& exit_code);
void add_backfill(CLI::App& verb, int& exit_code);
void add_simulate(CLI::App& verb, int& exit_code);
void add_check(CLI::App& verb, int& exit_code);
void add_show(CLI::App& verb, int& exit_code);
void add_explain(CLI::App& verb, int& exit_code);
void add_sql(CLI::App& verb, int& exit_code);
void add_analytics(CLI::App& verb, int& exit_code);
void add_sources(CLI::App& verb, int& exit_code);
void add_runs(CLI::App& verb, int& exit_code);
void add_config(CLI::App& verb, int& exit_code);
void add_init(CLI::App& verb, int& exit_code);
void add_completions(CLI::App& verb, int& exit_code);

/// Set by SIGINT and SIGTERM; a second one ends the process at once.
const std::atomic<bool>& stop_requested();

/// The option every verb that reads the configuration has: `-c, --config`, else the environment's
/// QUARENTENA_CONFIG, else ./quarentena.yml.
void add_config_option(CLI::App& verb, std::string& file);
/// The option of verbs that apply the rules: `--engine duckdb|spark`.
void add_engine_option(CLI::App& verb, std::string& engine);
/// The plan in `file`, with another engine when one is named; its problems are printed, each with
/// its line.
Result<Plan> plan_in(const std::string& file, const std::string& engine = {});

/// `3` is a version, anything else a time (see parse_timestamp_ms).
Result<AsOf> as_of_text(const std::string& text, const std::string& timezone);

/// `error: ...` and `hint: ...` on stderr; returns the exit code. A plan's problems are shown
/// already.
int report_error(const Error& error);
int exit_code_of(const Status& status);

}  // namespace quarentena::cli
