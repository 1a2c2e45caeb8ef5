#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/table_text.h"
#include "cli/terminal.h"
#include "config/load.h"
#include "config/schema.h"

namespace quarentena::cli {
namespace {

struct Options {
  std::string config;
  bool json = false;
};

constexpr const char* kExamples =
    "Examples:\n"
    "  quarentena config check                        every problem, with its line and column\n"
    "  quarentena config schema > quarentena.schema.json\n"
    "  # then, as the first line of quarentena.yml, for your editor:\n"
    "  # yaml-language-server: $schema=quarentena.schema.json\n";

int print_problems(const Problems& problems, bool json) {
  if (json) {
    auto out = nlohmann::ordered_json::array();
    for (const auto& problem : problems.list)
      out.push_back({{"file", problems.file},
                     {"line", problem.at.line},
                     {"column", problem.at.column},
                     {"message", problem.message},
                     {"hint", problem.hint}});
    print_out("{}\n", out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    print_err("{}\n", format_problems(problems));
    print_err("{} problem{}\n", problems.list.size(), problems.list.size() == 1 ? "" : "s");
  }
  return exit_code(ErrorKind::config);
}

int check(const Options& options) {
  const auto plan = read_plan(options.config);
  if (!plan) return print_problems(plan.error(), options.json);
  if (options.json) {
    print_out("[]\n");
    return 0;
  }
  TextTable table({{"source"}, {"canal"}, {"format"}, {"dias", Align::right}, {"location"}});
  for (const auto& source : plan->sources)
    table.add(
        {source.name, source.canal, format_name(source.format),
         source.period.until_removed() ? "until removed" : std::to_string(*source.period.dias),
         source.location});
  table.print();
  print_out("{} {} is right: {} sources into {}\n", styled(Stream::out, Style::green, "ok"),
            options.config, plan->sources.size(), plan->table);
  return 0;
}

}  // namespace

void add_config(CLI::App& verb, int& exit_code) {
  const auto options = std::make_shared<Options>();
  verb.require_subcommand(1);
  verb.footer(kExamples);
  auto* check_verb =
      verb.add_subcommand("check", "Find everything that is wrong with the configuration");
  add_config_option(*check_verb, options->config);
  check_verb->add_flag("--json", options->json, "The problems as a JSON array");
  check_verb->callback([options, &exit_code] { exit_code = check(*options); });
  auto* schema_verb =
      verb.add_subcommand("schema", "Print the JSON Schema of quarentena.yml, for editors");
  schema_verb->callback([] { print_out("{}", json_schema()); });
}

}  // namespace quarentena::cli
