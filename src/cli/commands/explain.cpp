#include "run/explain.h"

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/day.h"
#include "cli/explanation_output.h"
#include "cli/output.h"
#include "run/explanation_json.h"

namespace quarentena::cli {
namespace {

struct Options {
  std::string config;
  std::string engine;
  std::string id_cliente;
  std::string canal;
  std::string as_of;
  std::size_t look_back = ExplainOptions{}.look_back;
  bool json = false;
};

constexpr const char* kExamples =
    "The deliveries that were in force are read again for this one client, as the configuration\n"
    "understands them now. Values are shown to you and written nowhere.\n"
    "\n"
    "Examples:\n"
    "  quarentena explain 000123                          on the newest day, in every canal\n"
    "  quarentena explain 000123 --canal CRM --as-of 2024-05-28\n"
    "  quarentena explain 000123 --json                   for programs; docs/cli.md has the "
    "fields\n";

Status explain_client(const Options& options) {
  TRY_ASSIGN(const Plan plan, plan_in(options.config, options.engine));
  ExplainOptions question;
  question.id_cliente = options.id_cliente;
  question.canal = options.canal;
  question.look_back = options.look_back;
  question.stop = &stop_requested();
  if (!options.as_of.empty()) {
    TRY_ASSIGN(question.day, day_in(options.as_of, plan.timezone));
  }
  TRY_ASSIGN(const auto explanation, explain(plan, question));
  if (options.json)
    write_out(to_json(explanation));
  else
    print_explanation(explanation);
  return {};
}

}  // namespace

void add_explain(CLI::App& verb, int& exit_code) {
  const auto options = std::make_shared<Options>();
  add_config_option(verb, options->config);
  add_engine_option(verb, options->engine);
  verb.add_option("id_cliente", options->id_cliente, "The client, as the table writes it")
      ->type_name("ID")
      ->required();
  verb.add_option("--canal", options->canal, "One canal only")->type_name("CANAL");
  verb.add_option("-d,--as-of,--data-carga", options->as_of,
                  "The day (default: the newest in the table)")
      ->type_name("DATE");
  verb.add_option("--look-back", options->look_back,
                  "Published days to search for when somebody left who is in no delivery now")
      ->type_name("N")
      ->capture_default_str();
  verb.add_flag("--json", options->json, "One JSON object");
  verb.footer(kExamples);
  verb.callback([options, &exit_code] { exit_code = exit_code_of(explain_client(*options)); });
}

}  // namespace quarentena::cli
