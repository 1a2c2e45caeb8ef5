#include "run/simulate.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/csv_record.h"
#include "cli/command.h"
#include "cli/day.h"
#include "cli/output.h"
#include "cli/table_text.h"
#include "cli/terminal.h"

namespace quarentena::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string config, engine, from, to;
  std::vector<std::string> sets;
  bool list = false;
  bool json = false;
  int threads = 0;
};

constexpr const char* kExamples =
    "Days are computed again from what was kept and compared with what is published; nothing is\n"
    "written.\n"
    "Examples:\n"
    "  quarentena simulate --set crm.dias=20                          the latest published day\n"
    "  quarentena simulate --set crm.dias=20 --from 2024-05-01        every day since\n"
    "  quarentena simulate --set \"marketing.where=email IS NOT NULL\" --json\n"
    "  quarentena simulate --set crm.dias=20 --list > changes.csv     who enters and who leaves\n";

void print_table(const Simulation& simulation) {
  TextTable table({{"data_carga"},
                   {"canal"},
                   {"published", Align::right},
                   {"simulated", Align::right},
                   {"enter", Align::right},
                   {"leave", Align::right},
                   {"altered", Align::right}});
  for (const auto& day : simulation.days)
    for (const auto& canal : day.canais)
      table.add({day.data_carga.iso(), canal.canal, with_thousands(canal.there),
                 with_thousands(canal.now), with_thousands(canal.entered),
                 with_thousands(canal.left), with_thousands(canal.altered)});
  if (table.size() > 0) table.print();
}

std::string to_json(const Simulation& simulation) {
  Json days = Json::array();
  for (const auto& day : simulation.days) {
    Json canais = Json::array();
    for (const auto& canal : day.canais)
      canais.push_back({{"canal", canal.canal},
                        {"published", canal.there},
                        {"simulated", canal.now},
                        {"enter", canal.entered},
                        {"leave", canal.left},
                        {"altered", canal.altered}});
    days.push_back({{"data_carga", day.data_carga.iso()}, {"canais", canais}});
  }
  return Json{{"days", days}, {"notes", simulation.notes}}.dump(2) + "\n";
}

Result<SimulateOptions> asked(const Options& options, const Plan& plan) {
  SimulateOptions out;
  out.sets = options.sets;
  out.threads = options.threads;
  out.stop = &stop_requested();
  if (!options.from.empty()) {
    TRY_ASSIGN(out.from, day_in(options.from, plan.timezone));
  }
  if (!options.to.empty()) {
    TRY_ASSIGN(out.to, day_in(options.to, plan.timezone));
  }
  if (options.list)
    out.client = [](Date day, const std::string& canal, const std::string& id, bool enters) {
      print_out("{}", csv_record({day.iso(), canal, id, enters ? "enters" : "leaves"}));
    };
  return out;
}

Status run(const Options& options) {
  TRY_ASSIGN(const Plan plan, plan_in(options.config, options.engine));
  TRY_ASSIGN(const auto simulated, asked(options, plan));
  if (options.list) print_out("data_carga,canal,id_cliente,change\n");
  TRY_ASSIGN(const auto simulation, simulate(plan, simulated));
  for (const auto& note : simulation.notes)
    print_err("{} {}\n", styled(Stream::err, Style::yellow, "note:"), note);
  if (options.list) return {};
  if (options.json)
    print_out("{}", to_json(simulation));
  else
    print_table(simulation);
  return {};
}

}  // namespace

void add_simulate(CLI::App& verb, int& exit_code) {
  const auto options = std::make_shared<Options>();
  add_config_option(verb, options->config);
  add_engine_option(verb, options->engine);
  verb.add_option("--set", options->sets, "A rule to try: SOURCE.dias, SOURCE.where, SOURCE.keeps")
      ->type_name("SOURCE.KEY=VALUE")
      ->allow_extra_args(false);
  verb.add_option("--from", options->from, "The first day")->type_name("DATE");
  verb.add_option("--to", options->to, "The last day (neither: the latest published)")
      ->type_name("DATE");
  const auto list = verb.add_flag("--list", options->list, "Who enters and who leaves, as CSV");
  verb.add_flag("--json", options->json, "Print the counts as JSON")->excludes(list);
  verb.add_option("--threads", options->threads, "Threads to use (default: one a core)")
      ->type_name("N")
      ->check(CLI::Range(1, 512));
  verb.footer(kExamples);
  verb.callback([options, &exit_code] { exit_code = exit_code_of(run(*options)); });
}

}  // namespace quarentena::cli
