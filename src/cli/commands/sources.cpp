#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/day.h"
#include "cli/output.h"
#include "cli/table_text.h"
#include "cli/terminal.h"
#include "run/source_check.h"

namespace quarentena::cli {
namespace {

struct Options {
  std::string config;
  std::string data_carga;
  std::vector<std::string> sources;
  bool json = false;
};

using Check = SourceCheck (*)(const Plan&, const Source&, const RunOptions&);

constexpr const char* kExamples =
    "Examples:\n"
    "  quarentena sources list\n"
    "  quarentena sources test                    every source, step by step, with the fix for the "
    "first failure\n"
    "  quarentena sources test crm -d 2024-05-28  one source, for a day\n"
    "  quarentena sources fetch crm               bring its files here, load nothing\n";

int list(const Options& options) {
  const auto plan = plan_in(options.config);
  if (!plan) return report_error(plan.error());
  if (options.json) {
    auto out = nlohmann::ordered_json::array();
    for (const auto& source : plan->sources)
      out.push_back({{"name", source.name},
                     {"canal", source.canal},
                     {"format", format_name(source.format)},
                     {"location", source.location}});
    print_out("{}\n", out.dump(2));
    return 0;
  }
  TextTable table({{"source"}, {"canal"}, {"format"}, {"location"}});
  for (const auto& source : plan->sources)
    table.add({source.name, source.canal, format_name(source.format), source.location});
  table.print();
  return 0;
}

std::string mark(CheckStep::Outcome outcome) {
  switch (outcome) {
    case CheckStep::Outcome::passed:
      return styled(Stream::out, Style::green, "✓");
    case CheckStep::Outcome::failed:
      return styled(Stream::out, Style::red, "✗");
    case CheckStep::Outcome::not_reached:
      break;
  }
  return styled(Stream::out, Style::dim, "·");
}

void print(const SourceCheck& check) {
  print_out("{}\n", styled(Stream::out, Style::bold, check.source));
  for (const auto& step : check.steps) {
    print_out("  {} {:<8} {}\n", mark(step.outcome), step.name, step.detail);
    if (!step.hint.empty()) print_out("             hint: {}\n", step.hint);
  }
  for (const auto& file : check.files)
    print_out("    {}  {}  {}\n", file.sha256.substr(0, 12), as_bytes(file.size_bytes),
              file.path.string());
}

nlohmann::ordered_json json_of(const SourceCheck& check) {
  auto steps = nlohmann::ordered_json::array();
  for (const auto& step : check.steps)
    steps.push_back({{"name", step.name},
                     {"outcome", step.outcome == CheckStep::Outcome::passed   ? "passed"
                                 : step.outcome == CheckStep::Outcome::failed ? "failed"
                                                                              : "not_reached"},
                     {"detail", step.detail},
                     {"hint", step.hint}});
  auto files = nlohmann::ordered_json::array();
  for (const auto& file : check.files)
    files.push_back(
        {{"path", file.path.string()}, {"size_bytes", file.size_bytes}, {"sha256", file.sha256}});
  return {{"source", check.source}, {"passed", check.passed()}, {"steps", steps}, {"files", files}};
}

/// The named sources, or all of them.
Result<std::vector<const Source*>> chosen(const Plan& plan, const std::vector<std::string>& names) {
  std::vector<const Source*> out;
  for (const auto& name : names) {
    const auto* source = plan.find(name);
    if (!source)
      return fail(ErrorKind::config, fmt::format("no source is called '{}'", name),
                  "`quarentena sources list` shows them");
    out.push_back(source);
  }
  if (names.empty())
    for (const auto& source : plan.sources) out.push_back(&source);
  return out;
}

int each(const Options& options, Check check) {
  const auto plan = plan_in(options.config);
  if (!plan) return report_error(plan.error());
  const auto sources = chosen(*plan, options.sources);
  if (!sources) return report_error(sources.error());
  const auto day = day_in(options.data_carga, plan->timezone);
  if (!day) return report_error(day.error());
  RunOptions run;
  run.data_carga = *day;
  run.stop = &stop_requested();

  auto all = nlohmann::ordered_json::array();
  int worst = 0;
  for (const auto* source : *sources) {
    const auto result = check(*plan, *source, run);
    if (result.error && worst != 1) worst = exit_code(result.error->kind);
    if (options.json)
      all.push_back(json_of(result));
    else
      print(result);
  }
  if (options.json)
    print_out("{}\n", all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  return worst;
}

void add_each(CLI::App& verb, const std::shared_ptr<Options>& options, Check check,
              int& exit_code) {
  add_config_option(verb, options->config);
  verb.add_option("source", options->sources, "Which (default: all)")->type_name("SOURCE");
  verb.add_option("-d,--data-carga", options->data_carga, "The day (default: today)")
      ->type_name("DATE");
  verb.add_flag("--json", options->json, "The checklists as a JSON array");
  verb.callback([options, check, &exit_code] { exit_code = each(*options, check); });
}

}  // namespace

void add_sources(CLI::App& verb, int& exit_code) {
  const auto options = std::make_shared<Options>();
  verb.require_subcommand(1);
  verb.footer(kExamples);
  auto* list_verb = verb.add_subcommand("list", "The configured sources");
  add_config_option(*list_verb, options->config);
  list_verb->add_flag("--json", options->json, "As a JSON array");
  list_verb->callback([options, &exit_code] { exit_code = list(*options); });
  add_each(*verb.add_subcommand("test", "Can each source be reached, read and mapped?"), options,
           check_source, exit_code);
  add_each(*verb.add_subcommand("fetch", "Bring the files of a day here, load nothing"), options,
           fetch_source, exit_code);
}

}  // namespace quarentena::cli
