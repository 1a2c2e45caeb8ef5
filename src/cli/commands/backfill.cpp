#include "run/backfill.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "cli/after_run.h"
#include "cli/approvals.h"
#include "cli/command.h"
#include "cli/day.h"
#include "cli/log.h"
#include "cli/output.h"
#include "cli/terminal.h"

namespace quarentena::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string config, engine, from, to;
  bool dry_run = false;
  bool with_late = false;
  bool json = false;
  int threads = 0;
  Approvals approvals;
};

constexpr const char* kExamples =
    "Each day is computed as of that day, from the deliveries that were kept; no source is asked.\n"
    "Examples:\n"
    "  quarentena backfill --from 2024-05-20 --to 2024-05-28 --dry-run   which days would change\n"
    "  quarentena backfill --from 2024-05-20 --to 2024-05-28             publish them\n"
    "  quarentena backfill --from 2024-05-20 --with-late                 late contacts count on "
    "past days, too\n";

std::string changes_text(const BackfilledDay& day) {
  if (day.run.sources.empty()) return "nothing is kept of that day";
  if (day.run.status == RunStatus::unchanged) return "unchanged";
  std::vector<std::string> parts;
  for (const auto& canal : day.changes)
    parts.push_back(fmt::format(
        "{} +{} -{}{}", canal.canal, with_thousands(canal.entered), with_thousands(canal.left),
        canal.altered > 0 ? fmt::format(" ~{}", with_thousands(canal.altered)) : std::string()));
  const auto same = day.run.status == RunStatus::dry_run ? "would not change" : "the same clients";
  return fmt::format("{}: {}", name(day.run.status),
                     parts.empty() ? same : fmt::format("{}", fmt::join(parts, ", ")));
}

void print_late(const BackfillReport& report) {
  for (const auto& canal : report.late)
    print_out("late in {}: {} clients should have been in quarantine, on {} days in all\n",
              canal.canal, with_thousands(canal.clients), with_thousands(canal.client_days));
  if (!report.late_file.empty()) print_out("who they are: {}\n", report.late_file.string());
  if (report.not_kept > 0)
    log_warning("late rows", fmt::format("{} later deliveries are not kept any more; late rows in "
                                         "them are not known",
                                         report.not_kept));
}

std::string to_json(const BackfillReport& report, const BackfillOptions& options) {
  Json days = Json::array(), late = Json::array();
  for (const auto& day : report.days) {
    Json changes = Json::array();
    for (const auto& canal : day.changes)
      changes.push_back({{"canal", canal.canal},
                         {"entered", canal.entered},
                         {"left", canal.left},
                         {"altered", canal.altered}});
    days.push_back({{"data_carga", day.data_carga.iso()},
                    {"status", day.run.sources.empty() ? "not_kept" : name(day.run.status)},
                    {"run_id", day.run.run_id},
                    {"version", day.run.version ? Json(*day.run.version) : Json()},
                    {"degraded", day.run.degraded()},
                    {"changes", changes}});
  }
  for (const auto& canal : report.late)
    late.push_back(
        {{"canal", canal.canal}, {"clients", canal.clients}, {"client_days", canal.client_days}});
  const Json out = {{"id", report.id},
                    {"from", options.from.iso()},
                    {"to", options.to.iso()},
                    {"dry_run", options.dry_run},
                    {"days", days},
                    {"late", {{"file", report.late_file.string()}, {"canais", late}}},
                    {"error", report.error ? Json{{"kind", name(report.error->kind)},
                                                  {"what", report.error->what}}
                                           : Json()}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::vector<RunReport> runs_of(const BackfillReport& report) {
  std::vector<RunReport> runs;
  for (const auto& day : report.days) runs.push_back(day.run);
  if (report.failed) runs.push_back(*report.failed);
  return runs;
}

int run(const Options& options) {
  const auto plan = plan_in(options.config, options.engine);
  if (!plan) return report_error(plan.error());
  const auto from = day_in(options.from, plan->timezone);
  if (!from) return report_error(from.error());
  const auto to = day_in(options.to.empty() ? "yesterday" : options.to, plan->timezone);
  if (!to) return report_error(to.error());
  BackfillOptions fill;
  fill.from = *from;
  fill.to = *to;
  fill.dry_run = options.dry_run;
  fill.late = options.with_late ? Late::put_in : Late::report;
  fill.threads = options.threads;
  auto approved = read_approvals(options.approvals);
  if (!approved) return report_error(approved.error());
  fill.approved = std::move(*approved);
  fill.stop = &stop_requested();
  fill.day = [&](const BackfilledDay& day) {
    const auto line = fmt::format("{}  {}\n", day.data_carga.iso(), changes_text(day));
    options.json ? write_err(line) : write_out(line);
  };
  if (!options.dry_run) before_run(*plan);
  const auto report = backfill(*plan, fill);
  if (options.json)
    print_out("{}", to_json(report, fill));
  else
    print_late(report);
  after_run(*plan, runs_of(report));
  if (report.error) (void)report_error(*report.error);
  return report.exit_code();
}

}  // namespace

void add_backfill(CLI::App& verb, int& exit_code) {
  const auto options = std::make_shared<Options>();
  add_config_option(verb, options->config);
  add_engine_option(verb, options->engine);
  verb.add_option("--from", options->from, "The first day")->type_name("DATE")->required();
  verb.add_option("--to", options->to, "The last day (default: yesterday)")->type_name("DATE");
  verb.add_flag("--dry-run", options->dry_run, "Say which days would change, commit nothing");
  verb.add_flag("--with-late", options->with_late,
                "Count rows that came late on the past days they hold on");
  add_approval_options(verb, options->approvals);
  verb.add_flag("--json", options->json, "Print the outcome as JSON");
  add_log_option(verb);
  verb.add_option("--threads", options->threads, "Threads to use (default: one a core)")
      ->type_name("N")
      ->check(CLI::Range(1, 512));
  verb.footer(kExamples);
  verb.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace quarentena::cli
