#include <fmt/format.h>

#include "cli/answer_output.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "run/published_table.h"
#include "run/rejects.h"

namespace quarentena::cli {
namespace {

struct Options {
  std::string config;
  std::string data_carga;
  std::string canal;
  std::string as_of;
  OutputForm form = OutputForm::table;
  std::size_t limit = 40;
};

constexpr const char* kExamples =
    "Examples:\n"
    "  quarentena show                                the newest day\n"
    "  quarentena show -d 2024-05-28 --canal CRM      one day, one canal\n"
    "  quarentena show --as-of 3                      as version 3 of the table had it\n"
    "  quarentena show --as-of 2024-05-28T12:00 --csv > quarentena.csv\n";

/// The day asked for, which the table must hold, else the newest one.
Result<std::string> day_to_show(TableQuery& query, const std::string& asked) {
  if (!asked.empty() && !Date::parse_iso(asked))
    return fail(ErrorKind::config, fmt::format("'{}' is not a day", asked),
                "write it as 2024-05-28");
  TRY_ASSIGN(
      const auto answer,
      query.ask(fmt::format("SELECT max(data_carga), count(*) FILTER (WHERE data_carga = {}) FROM "
                            "(SELECT DISTINCT data_carga FROM quarentena_global)",
                            asked.empty() ? "NULL" : fmt::format("DATE '{}'", asked))));
  AnswerRow row;
  TRY_ASSIGN([[maybe_unused]] const bool any, answer->next(row));
  if (!row[0])
    return fail(ErrorKind::missing, "the table holds no rows", "`quarentena run` loads a day");
  if (asked.empty()) return *row[0];
  if (row[1] != "0") return asked;
  return fail(
      ErrorKind::missing, fmt::format("the table holds nothing of {}", asked),
      fmt::format("the newest day is {}; `quarentena run -d {}` loads that one", *row[0], asked));
}

Status show(const Options& options) {
  TRY_ASSIGN(const Plan plan, plan_in(options.config));
  TRY_ASSIGN(const AsOf as_of, as_of_text(options.as_of, plan.timezone));
  TRY_ASSIGN(const auto published,
             find_published_table(plan, TableAccess::read, &stop_requested()));
  TRY_ASSIGN(const auto rejects, rejects_folder(published.at, plan.staging));
  TRY_ASSIGN(const auto query, open_table_query({published.at, rejects, as_of}));
  TRY_ASSIGN(const std::string day, day_to_show(*query, options.data_carga));
  const auto where = fmt::format(
      "data_carga = DATE '{}'{}", day,
      options.canal.empty() ? "" : fmt::format(" AND canal = {}", sql_text(options.canal)));
  if (options.form == OutputForm::table)
    print_out("{}\n",
              styled(Stream::out, Style::bold,
                     fmt::format("quarentena_global on {} (version {})", day, query->version())));
  TRY_STATUS(print_answer(
      *query, fmt::format("FROM quarentena_global WHERE {} ORDER BY canal, id_cliente", where),
      options.form, options.limit));
  if (options.form != OutputForm::table) return {};
  print_out("\n");
  return print_answer(
      *query,
      fmt::format("SELECT canal, count(*) AS clientes, min(saida_prevista) AS primeira_saida, "
                  "max(saida_prevista) AS ultima_saida FROM quarentena_global WHERE {} "
                  "GROUP BY canal ORDER BY canal",
                  where),
      OutputForm::table, 0);
}

}  // namespace

void add_show(CLI::App& verb, int& exit_code) {
  const auto options = std::make_shared<Options>();
  add_config_option(verb, options->config);
  verb.add_option("-d,--data-carga", options->data_carga,
                  "The day (default: the newest in the table)")
      ->type_name("DATE");
  verb.add_option("--canal", options->canal, "One canal only")->type_name("CANAL");
  verb.add_option("--as-of", options->as_of, "The table as it was: a version, or a time")
      ->type_name("VERSION|TIME");
  verb.add_option("--limit", options->limit, "Rows to show in a table; 0 shows all")
      ->type_name("N")
      ->capture_default_str();
  add_output_option(verb, options->form);
  verb.footer(kExamples);
  verb.callback([options, &exit_code] { exit_code = exit_code_of(show(*options)); });
}

}  // namespace quarentena::cli
