#include "cli/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "cli/output.h"
#include "cli/serving.h"
#include "cli/terminal.h"
#include "config/load.h"

namespace quarentena::cli {
namespace {

std::atomic<bool> stop{false};

void on_signal(int signal) {
  stop = true;
  std::signal(signal, SIG_DFL);
}

}  // namespace

const std::vector<Command>& all_commands() {
  static const std::vector<Command> commands = {
      {"init", add_init, "Write a quarentena.yml that runs, to start from"},
      {"config", add_config, "Check the configuration, or print its JSON Schema"},
      {"sources", add_sources, "List, test or fetch the sources"},
      {"run", add_run, "Load a day: read the sources, apply the rules, publish the table"},
      {"backfill", add_backfill, "Compute past days again, from the deliveries that were kept"},
      {"simulate", add_simulate, "Try other rules on past days: who would enter, who would leave"},
      {"check", add_check, "Ask whether clients may be contacted: free, in quarantine or unknown"},
      {"show", add_show, "Show who is in quarantine on a day"},
      {"explain", add_explain, "Say why a client is or is not in quarantine, with the evidence"},
      {"sql", add_sql, "Ask the published table in SQL"},
      {"analytics", add_analytics, "Ask what is asked again and again: tables, charts, files"},
      {"runs", add_runs, "List past runs, or show what one did"},
      {"serve", add_serve, "Answer over HTTP whether clients may be contacted"},
      {"tokens", add_tokens, "Make, list and revoke the tokens of who may ask over HTTP"},
      {"completions", add_completions, "Print a completion script for your shell"},
  };
  return commands;
}

const std::atomic<bool>& stop_requested() {
  static const bool installed = [] {
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
    return true;
  }();
  (void)installed;
  return stop;
}

void add_config_option(CLI::App& verb, std::string& file) {
  file = "quarentena.yml";
  verb.add_option("-c,--config", file, "The configuration file")
      ->envname("QUARENTENA_CONFIG")
      ->type_name("FILE")
      ->capture_default_str();
}

void add_engine_option(CLI::App& verb, std::string& engine) {
  verb.add_option(
          "--engine", engine,
          "What runs the rules, in place of the configuration's `engine`; a `spark` that it "
          "does not name is at SPARK_REMOTE")
      ->type_name("ENGINE")
      ->check(CLI::IsMember({"duckdb", "spark"}));
}

Result<Plan> plan_in(const std::string& file, const std::string& engine) {
  TRY_ASSIGN(auto plan, load_plan(file));
  if (!engine.empty())
    plan.engine.kind = engine == "spark" ? EngineChoice::Kind::spark : EngineChoice::Kind::duckdb;
  return plan;
}

Result<AsOf> as_of_text(const std::string& text, const std::string& timezone) {
  AsOf out;
  if (text.empty()) return out;
  if (text.size() < 10 &&
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); })) {
    out.version = std::stoll(text);
    return out;
  }
  TRY_ASSIGN(out.timestamp_ms, parse_timestamp_ms(text, timezone));
  return out;
}

int report_error(const Error& error) {
  // A plan's problems come formatted, each with its own "error:" and place.
  const bool formatted = error.what.find(": error: ") != std::string::npos;
  if (formatted)
    print_err("{}\n", error.what);
  else
    print_err("{} {}\n", styled(Stream::err, Style::red, "error:"), error.what);
  if (!error.hint.empty())
    print_err("{} {}\n", styled(Stream::err, Style::bold, "hint:"), error.hint);
  return exit_code(error.kind);
}

int exit_code_of(const Status& status) { return status ? 0 : report_error(status.error()); }

}  // namespace quarentena::cli
