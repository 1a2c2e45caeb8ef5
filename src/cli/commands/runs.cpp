#include <fmt/format.h>

#include "cli/accounts.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/table_text.h"
#include "cli/terminal.h"
#include "run/report.h"

namespace quarentena::cli {
namespace {

struct Options {
  std::string config;
  std::string run_id = "last";
  std::size_t limit = 20;
  bool json = false;
};

constexpr const char* kExamples =
    "Examples:\n"
    "  quarentena runs list\n"
    "  quarentena runs show                     the newest run\n"
    "  quarentena runs show 20240528T1030       a run by the beginning of its id\n"
    "  quarentena runs show last --json         its run_results.json\n";

/// The plan, with the reports of other machines brought here when staging is shared with them.
Result<Plan> plan_with_reports(const std::string& config) {
  TRY_ASSIGN(Plan plan, plan_in(config));
  if (plan.staging_remote.empty()) return plan;
  TRY_ASSIGN(const auto remote, open_remote_folder(plan.staging_remote, plan.staging_auth));
  TRY_STATUS(bring_reports(plan.staging, *remote));
  return plan;
}

Status list(const Options& options) {
  TRY_ASSIGN(const Plan plan, plan_with_reports(options.config));
  auto reports = saved_reports(plan.staging);
  if (options.limit > 0 && reports.size() > options.limit) reports.resize(options.limit);
  if (options.json) {
    std::string out;
    for (const auto& report : reports) out += (out.empty() ? "" : ",\n") + to_json(report);
    print_out("[\n{}]\n", out);
    return {};
  }
  TextTable table({{"run"},
                   {"started (UTC)"},
                   {"data_carga"},
                   {"status"},
                   {"version", Align::right},
                   {"read", Align::right},
                   {"quarantined", Align::right},
                   {"rejected", Align::right},
                   {"took", Align::right}});
  for (const auto& report : reports) {
    const auto total = report.totals();
    const auto count = [&](std::int64_t value) {
      return total.read > 0 ? std::optional(with_thousands(value)) : std::optional<std::string>("");
    };
    table.add({report.run_id, utc_iso(report.started_ms).substr(0, 19), report.data_carga.iso(),
               name(report.status), report.version ? std::to_string(*report.version) : "",
               count(total.read), count(total.quarantined), count(total.rejected),
               as_duration(report.finished_ms - report.started_ms)});
  }
  table.print();
  return {};
}

void print(const RunReport& report) {
  print_out("{}  {}\n", styled(Stream::out, Style::bold, report.run_id), name(report.status));
  print_out(
      "  data_carga  {}\n  started     {}\n  took        {}\n  config      {}\n  table       "
      "{}{}\n",
      report.data_carga.iso(), utc_iso(report.started_ms),
      as_duration(report.finished_ms - report.started_ms), report.config, report.table,
      report.version ? fmt::format(", version {}", *report.version) : "");
  if (!report.rejects.empty()) print_out("  rejects     {}\n", report.rejects);
  if (report.error)
    print_out("  error       {}\n  hint        {}\n", report.error->what, report.error->hint);
  if (report.sources.empty()) return;
  TextTable table(with_account_columns({{"source"}, {"canal"}, {"input"}}));
  for (const auto& source : report.sources) {
    const auto input = source.delta_version ? fmt::format("Delta version {}", *source.delta_version)
                       : source.files.size() == 1 ? source.files[0].path.filename().string()
                                                  : fmt::format("{} files", source.files.size());
    table.add(with_account({source.name, source.canal, input}, source.account));
  }
  table.print();
  for (const auto& source : report.sources)
    for (const auto& warning : source.warnings)
      print_out("warning: {}: {}\n", source.name, warning);
}

Status show(const Options& options) {
  TRY_ASSIGN(const Plan plan, plan_with_reports(options.config));
  TRY_ASSIGN(const RunReport report, saved_report(plan.staging, options.run_id));
  if (options.json)
    print_out("{}", to_json(report));
  else
    print(report);
  return {};
}

}  // namespace

void add_runs(CLI::App& verb, int& exit_code) {
  const auto options = std::make_shared<Options>();
  verb.require_subcommand(1);
  verb.footer(kExamples);
  auto* list_verb = verb.add_subcommand("list", "The newest runs first");
  add_config_option(*list_verb, options->config);
  list_verb->add_option("--limit", options->limit, "Runs to list; 0 lists all")
      ->type_name("N")
      ->capture_default_str();
  list_verb->add_flag("--json", options->json, "Their run_results.json, as an array");
  list_verb->callback([options, &exit_code] { exit_code = exit_code_of(list(*options)); });

  auto* show_verb = verb.add_subcommand("show", "What one run did");
  add_config_option(*show_verb, options->config);
  show_verb->add_option("run", options->run_id, "Its id, the beginning of it, or last")
      ->type_name("RUN")
      ->capture_default_str();
  show_verb->add_flag("--json", options->json, "Its run_results.json");
  show_verb->callback([options, &exit_code] { exit_code = exit_code_of(show(*options)); });
}

}  // namespace quarentena::cli
