#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include "cli/answer_output.h"
#include "cli/command.h"
#include "run/open_query.h"

namespace quarentena::cli {
namespace {

struct Options {
  std::string config;
  std::string query;
  std::string file;
  std::string as_of;
  std::string engine;
  OutputForm form = OutputForm::table;
  std::size_t limit = 200;
};

constexpr const char* kExamples =
    "Tables:\n"
    "  quarentena_global            every day that the table holds\n"
    "  quarentena_global_history    its commits: version, timestamp, operation, run_id, "
    "rows_per_canal\n"
    "  fontes                       the source ledger: what came of each source on each day, and "
    "what was decided\n"
    "  runs                         past runs: status, times, counts, and as JSON steps, canais, "
    "sources\n"
    "  rejects                      rows that could not be used: source, file, row, column, value, "
    "reason\n"
    "  identidades                  the table with cpf_key, telefone_key, email_key beside the raw "
    "columns\n"
    "  identidades_rejeitadas       values that give no key: id_cliente, column, value, reason\n"
    "                               (both: where quarentena.yml has `identity`)\n"
    "\n"
    "Functions:\n"
    "  cpf_key, telefone_key, email_key     a text's key for matching; NULL when it has none\n"
    "  cpf_reason, telefone_reason, email_reason     why it has none\n"
    "\n"
    "Examples:\n"
    "  quarentena sql \"SELECT canal, count(*) FROM quarentena_global GROUP BY ALL\"\n"
    "  quarentena sql \"FROM rejects WHERE data_carga = '2024-05-28'\" --csv > rejects.csv\n"
    "  quarentena sql --file saidas.sql --json\n"
    "  echo 'FROM quarentena_global_history' | quarentena sql\n";

Result<std::string> text_of(const Options& options) {
  if (!options.file.empty()) {
    std::ifstream in(options.file, std::ios::binary);
    if (!in) return fail(ErrorKind::missing, fmt::format("cannot read {}", options.file));
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  if (!options.query.empty() && options.query != "-") return options.query;
  if (options.query.empty() && isatty(STDIN_FILENO))
    return fail(ErrorKind::config, "there is no SQL to run",
                "quarentena sql \"FROM quarentena_global LIMIT 10\"");
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

/// Whatever makes the table: SQL that somebody keeps is of one engine.
EngineChoice::Kind asked(const Options& options) {
  return options.engine == "spark" ? EngineChoice::Kind::spark : EngineChoice::Kind::duckdb;
}

Status sql(const Options& options) {
  TRY_ASSIGN(const Plan plan, plan_in(options.config));
  TRY_ASSIGN(const std::string text, text_of(options));
  TRY_ASSIGN(const AsOf as_of, as_of_text(options.as_of, plan.timezone));
  TRY_ASSIGN(const auto query, open_query(plan, {as_of, &stop_requested(), asked(options)}));
  return print_answer(*query, text, options.form, options.limit);
}

}  // namespace

void add_sql(CLI::App& verb, int& exit_code) {
  const auto options = std::make_shared<Options>();
  add_config_option(verb, options->config);
  verb.add_option("query", options->query, "DuckDB SQL; `-` or nothing reads standard input")
      ->type_name("SQL");
  verb.add_option("-f,--file", options->file, "Read the SQL from a file")
      ->type_name("FILE")
      ->excludes("query");
  verb.add_option("--engine", options->engine,
                  "`spark`: the SQL is one statement in Spark's functions, over quarentena_global, "
                  "fontes, runs and rejects, and runs on the configuration's Spark or SPARK_REMOTE")
      ->type_name("ENGINE")
      ->check(CLI::IsMember({"duckdb", "spark"}))
      ->default_str("duckdb");
  verb.add_option("--as-of", options->as_of, "The table as it was: a version, or a time")
      ->type_name("VERSION|TIME");
  verb.add_option("--limit", options->limit, "Rows to show in a table; 0 shows all")
      ->type_name("N")
      ->capture_default_str();
  add_output_option(verb, options->form);
  verb.footer(kExamples);
  verb.callback([options, &exit_code] { exit_code = exit_code_of(sql(*options)); });
}

}  // namespace quarentena::cli
