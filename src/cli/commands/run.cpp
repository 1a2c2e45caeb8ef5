#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/shell_text.h"
#include "cli/accounts.h"
#include "cli/after_run.h"
#include "cli/approvals.h"
#include "cli/command.h"
#include "cli/day.h"
#include "cli/log.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "run/pipeline.h"

namespace quarentena::cli {
namespace {

struct Options {
  std::string config;
  std::string engine;
  std::string data_carga;
  std::vector<std::string> only;
  Approvals approvals;
  bool dry_run = false;
  bool force = false;
  bool json = false;
  bool quiet = false;
  int threads = 0;
};

constexpr const char* kExamples =
    "Examples:\n"
    "  quarentena run                              today, in the configured time zone\n"
    "  quarentena run --data-carga 2024-05-28      a given day; again gives the same rows, never "
    "twice\n"
    "  quarentena run --only crm                   one source that came late; the other canais "
    "stay\n"
    "  quarentena run --dry-run --json             what would be published, for a program\n";

std::string headline(const RunReport& report) {
  const auto took = as_duration(report.finished_ms - report.started_ms);
  const auto day = report.data_carga.iso();
  const auto version = report.version.value_or(0);
  switch (report.status) {
    case RunStatus::published:
      return fmt::format("{} published as version {} of {} in {}", day, version, report.table,
                         took);
    case RunStatus::unchanged:
      return fmt::format(
          "{} is published already, in version {} of {}: inputs and rules have not changed ({})",
          day, version, report.table, took);
    case RunStatus::dry_run:
      return fmt::format("{} would be published to {}; nothing was committed ({})", day,
                         report.table, took);
    case RunStatus::held:
      return fmt::format(
          "{} is held: too many clients would leave before their day; {} is as it was", day,
          report.table);
    case RunStatus::failed:
    case RunStatus::running:
    case RunStatus::killed:
      break;
  }
  return fmt::format("{} was not published; {} is as it was", day, report.table);
}

void print_accounts(const RunReport& report) {
  TextTable table(with_account_columns({{"source"}, {"canal"}}));
  for (const auto& source : report.sources)
    if (source.account) table.add(with_account({source.name, source.canal}, source.account));
  if (table.size() == 0) return;
  table.add(with_account({"total", ""}, report.totals()));
  table.print();
}

Style style_of(const RunReport& report) {
  if (report.status == RunStatus::failed || report.status == RunStatus::held) return Style::red;
  return report.degraded() ? Style::yellow : Style::green;
}

/// Whose delivery does not count, and what does instead.
void print_degraded(const RunReport& report) {
  for (const auto& source : report.sources) {
    if (source.decision != Decision::carried && source.decision != Decision::skipped) continue;
    const auto since = source.in_force_since.value_or(report.data_carga).iso();
    const bool is_carried = source.decision == Decision::carried;
    auto text =
        fmt::format("{} {}: {}: {}\n", styled(Stream::err, Style::yellow, name(source.decision)),
                    source.name, name(source.came), source.reason);
    text += is_carried ? fmt::format("  in force is its delivery of {}\n", since)
                       : std::string("  it counts for nobody on this day\n");
    if (!source.hint.empty()) text += fmt::format("  hint: {}\n", source.hint);
    log(text, name(source.decision),
        {{"source", source.name},
         {"came", name(source.came)},
         {"reason", source.reason},
         {"in_force_since", is_carried ? since : std::string()},
         {"hint", source.hint}});
  }
}

/// What would be released, and how to let it happen.
void print_held(const RunReport& report, const Options& options) {
  if (log_format() == LogFormat::json) {
    for (const auto& held : report.held)
      log({}, "held",
          {{"canal", held.canal},
           {"releases", std::to_string(held.releases)},
           {"in_quarantine", std::to_string(held.in_quarantine)},
           {"allowed", std::to_string(held.allowed)},
           {"list", report.releases}});
    return;
  }
  std::string approve = "quarentena run";
  if (!options.config.empty()) approve += " -c " + shell_quoted(options.config);
  approve += " --data-carga " + report.data_carga.iso();
  for (const auto& name : options.only) approve += " --only " + name;
  for (const auto& name : options.approvals.changed_sources) approve += " --accept-change " + name;
  for (const auto& text : options.approvals.releases) {
    const auto canal = text.substr(0, text.rfind('='));
    const bool again = std::any_of(report.held.begin(), report.held.end(),
                                   [&](const auto& held) { return held.canal == canal; });
    if (!again) approve += " --approve-release " + shell_quoted(text);
  }
  for (const auto& held : report.held) {
    print_err("{} {} of {} clients due to stay would be released early; {} may\n",
              styled(Stream::err, Style::red, "held " + held.canal + ":"), held.releases,
              held.in_quarantine, held.allowed);
    for (const auto& one : held.some) print_err("  {}\n", one);
    approve +=
        " --approve-release " + shell_quoted(fmt::format("{}={}", held.canal, held.releases));
  }
  if (!report.releases.empty()) print_err("all of them: {}\n", report.releases);
  print_err("to approve: {} --reason '...'\n", approve);
}

void print_report(const RunReport& report) {
  print_out("{}\n", styled(Stream::out, style_of(report), headline(report)));
  print_accounts(report);
  print_degraded(report);
  for (const auto& source : report.sources)
    for (const auto& warning : source.warnings) log_warning(source.name, warning);
  if (!report.rejects.empty())
    print_out("rejected rows: quarentena sql \"FROM rejects WHERE data_carga = '{}'\"\n",
              report.data_carga.iso());
}

/// What is sent to another machine is shown before it is sent in earnest.
void print_queries(const RunReport& report, const std::map<std::string, std::string>& queries) {
  for (const auto& [canal, sql] : queries) {
    print_out("\n-- canal {}\n", canal);
    for (const auto& source : report.sources)
      if (source.canal == canal) print_out("-- from {}\n", source.location);
    print_out("{};\n", sql);
  }
}

int run(const Options& options) {
  const auto plan = plan_in(options.config, options.engine);
  if (!plan) return report_error(plan.error());
  const auto day = day_in(options.data_carga, plan->timezone);
  if (!day) return report_error(day.error());

  Progress progress(options.json || options.quiet ? Progress::Mode::quiet
                                                  : Progress::Mode::automatic);
  RunOptions run;
  run.data_carga = *day;
  run.dry_run = options.dry_run;
  run.force = options.force;
  run.only = options.only;
  run.threads = options.threads;
  run.stop = &stop_requested();
  auto approved = read_approvals(options.approvals);
  if (!approved) return report_error(approved.error());
  run.approved = std::move(*approved);
  if (!options.dry_run) before_run(*plan);
  std::map<std::string, std::string> queries;
  if (run.dry_run && !options.json && plan->engine.kind == EngineChoice::Kind::spark)
    run.queries = [&](const auto& canal, const auto& sql) { queries[canal] = sql; };
  const auto report = run_load(*plan, run, progress);
  if (options.json)
    print_out("{}", to_json(report));
  else
    print_report(report);
  print_queries(report, queries);
  if (!options.json && report.status == RunStatus::unchanged && !options.approvals.releases.empty())
    log_warning("--approve-release",
                "nothing was approved, for the day is published already and stays as it is");
  if (!options.json && report.status == RunStatus::held) print_held(report, options);
  after_run(*plan, {report});
  return report.error ? report_error(*report.error) : report.exit_code();
}

}  // namespace

void add_run(CLI::App& verb, int& exit_code) {
  const auto options = std::make_shared<Options>();
  add_config_option(verb, options->config);
  add_engine_option(verb, options->engine);
  verb.add_option("-d,--data-carga", options->data_carga, "The day to load (default: today)")
      ->type_name("DATE");
  verb.add_option("--only", options->only, "Load these sources only, by name")
      ->type_name("SOURCE")
      ->delimiter(',');
  verb.add_flag("--dry-run", options->dry_run,
                "Read and count everything, commit nothing; on Spark, show the SQL");
  verb.add_flag("--force", options->force, "Commit even when inputs and rules have not changed");
  add_approval_options(verb, options->approvals);
  verb.add_flag("--json", options->json, "Print run_results.json instead of tables");
  verb.add_flag("-q,--quiet", options->quiet, "No progress");
  add_log_option(verb);
  verb.add_option("--threads", options->threads, "Threads to use (default: one a core)")
      ->type_name("N")
      ->check(CLI::Range(1, 512));
  verb.footer(kExamples);
  verb.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace quarentena::cli
