#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/accounts.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/table_text.h"
#include "cli/terminal.h"
#include "history/compare.h"
#include "history/history.h"

namespace quarentena::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string config;
  std::string run_id = "last";
  std::string other;
  std::size_t limit = 20;
  bool json = false;
};

constexpr const char* kExamples =
    "Examples:\n"
    "  quarentena runs list\n"
    "  quarentena runs show                     the newest run\n"
    "  quarentena runs show 20240528T1030       a run by the beginning of its id\n"
    "  quarentena runs show last --json         its run_results.json\n"
    "  quarentena runs compare 20240527 last    inputs, versions, counts and times that differ\n"
    "  quarentena sql \"FROM runs\"               the same in SQL\n";

Result<PastRuns> runs_in(const Options& options) {
  TRY_ASSIGN(const Plan plan, plan_in(options.config));
  auto past = past_runs(plan, &stop_requested());
  if (past.unread)
    print_err("{} only this machine's runs: {}\n", styled(Stream::err, Style::yellow, "warning:"),
              past.unread->what);
  return past;
}

std::string duration_of(const RunReport& report) {
  return report.finished_ms > 0 ? as_duration(report.took_ms()) : std::string();
}

Status list(const Options& options) {
  TRY_ASSIGN(auto past, runs_in(options));
  auto& runs = past.runs;
  if (options.limit > 0 && runs.size() > options.limit) runs.resize(options.limit);
  if (options.json) {
    std::string out;
    for (const auto& report : runs) out += (out.empty() ? "" : ",\n") + to_json(report);
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
  for (const auto& report : runs) {
    const auto total = report.totals();
    const auto count = [&](std::int64_t value) {
      return total.read > 0 ? std::optional(with_thousands(value)) : std::optional<std::string>("");
    };
    table.add({report.run_id, utc_iso(report.started_ms).substr(0, 19), report.data_carga.iso(),
               fmt::format("{}{}", name(report.status), report.degraded() ? ", degraded" : ""),
               report.version ? std::to_string(*report.version) : "", count(total.read),
               count(total.quarantined), count(total.rejected), duration_of(report)});
  }
  table.print();
  return {};
}

void print_head(const RunReport& report) {
  print_out("{}  {}\n", styled(Stream::out, Style::bold, report.run_id), name(report.status));
  print_out("  data_carga  {}\n  started     {}\n", report.data_carga.iso(),
            utc_iso(report.started_ms));
  if (report.finished_ms > 0) print_out("  took        {}\n", duration_of(report));
  print_out("  ran         quarentena {}, {}, on {}\n", report.program, report.engine, report.host);
  print_out("  config      {}{}\n  table       {}{}\n", report.config,
            report.config_digest.empty() ? std::string()
                                         : fmt::format(" ({})", report.config_digest.substr(0, 12)),
            report.table, report.version ? fmt::format(", version {}", *report.version) : "");
  if (!report.rejects.empty()) print_out("  rejects     {}\n", report.rejects);
  if (report.error)
    print_out("  error       {}\n  hint        {}\n", report.error->what, report.error->hint);
}

void print_sources(const RunReport& report) {
  if (report.sources.empty()) return;
  TextTable table(with_account_columns({{"source"}, {"canal"}, {"decision"}, {"input"}}));
  for (const auto& source : report.sources) {
    const auto input = source.delta_version ? fmt::format("Delta version {}", *source.delta_version)
                       : source.files.size() == 1 ? source.files[0].path.filename().string()
                                                  : fmt::format("{} files", source.files.size());
    table.add(
        with_account({source.name, source.canal, name(source.decision), input}, source.account));
  }
  table.print();
}

void print_canais(const RunReport& report) {
  if (report.canais.empty()) return;
  TextTable table({{"canal"},
                   {"in quarantine", Align::right},
                   {"entered", Align::right},
                   {"left", Align::right}});
  const auto count = [](const std::optional<std::int64_t>& value) {
    return value ? with_thousands(*value) : std::string("-");
  };
  for (const auto& canal : report.canais)
    table.add({canal.canal, with_thousands(canal.rows), count(canal.entered), count(canal.left)});
  table.print();
}

void print_steps(const RunReport& report) {
  if (report.steps.empty()) return;
  TextTable table({{"step"}, {"took", Align::right}});
  for (const auto& step : report.steps) table.add({step.name, as_duration(step.lapse.took_ms)});
  table.print();
}

void print(const RunReport& report) {
  print_head(report);
  print_sources(report);
  print_canais(report);
  print_steps(report);
  for (const auto& source : report.sources) {
    if (!source.reason.empty() && source.decision != Decision::accepted)
      print_out("{} {}: {}: {}\n", name(source.decision), source.name, name(source.came),
                source.reason);
    for (const auto& warning : source.warnings)
      print_out("warning: {}: {}\n", source.name, warning);
  }
}

Status show(const Options& options) {
  TRY_ASSIGN(const auto past, runs_in(options));
  TRY_ASSIGN(const RunReport report, find_run(past, options.run_id));
  if (options.json)
    print_out("{}", to_json(report));
  else
    print(report);
  return {};
}

Status compare(const Options& options) {
  TRY_ASSIGN(const auto past, runs_in(options));
  TRY_ASSIGN(const RunReport a, find_run(past, options.run_id));
  TRY_ASSIGN(const RunReport b, find_run(past, options.other));
  const auto found = differences(a, b);
  if (options.json) {
    Json list = Json::array();
    for (const auto& one : found)
      list.push_back({{"of", name(one.of)}, {"what", one.what}, {"a", one.a}, {"b", one.b}});
    const Json out = {{"a", a.run_id}, {"b", b.run_id}, {"differences", std::move(list)}};
    print_out("{}\n", out.dump(2, ' ', false, Json::error_handler_t::replace));
    return {};
  }
  if (found.empty()) print_out("{} and {} are the same\n", a.run_id, b.run_id);
  if (found.empty()) return {};
  TextTable table({{"of"}, {"what"}, {a.run_id}, {b.run_id}});
  for (const auto& one : found) table.add({name(one.of), one.what, one.a, one.b});
  table.print();
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

  auto* compare_verb = verb.add_subcommand("compare", "What differs between two runs");
  add_config_option(*compare_verb, options->config);
  compare_verb->add_option("a", options->run_id, "As in `runs show`")->type_name("RUN")->required();
  compare_verb->add_option("b", options->other, "The other")->type_name("RUN")->required();
  compare_verb->add_flag("--json", options->json, "The differences as JSON");
  compare_verb->callback([options, &exit_code] { exit_code = exit_code_of(compare(*options)); });
}

}  // namespace quarentena::cli
