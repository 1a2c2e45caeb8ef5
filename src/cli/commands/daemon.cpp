#include "schedule/daemon.h"

#include <fmt/format.h>

#include <cstdlib>
#include <system_error>

#include "alerts/alerts.h"
#include "base/date.h"
#include "cli/command.h"
#include "cli/log.h"
#include "cli/scheduling.h"
#include "schedule/process_world.h"

namespace quarentena::cli {
namespace {

constexpr const char* kExamples =
    "Begins the loads of `schedule` when they are due, each as a `quarentena run` of its own, "
    "waits\n"
    "for late sources, retries what may pass, and makes good what was missed while it was down.\n"
    "Several daemons, on several machines, load one at a time. docs/guides/scheduling.md has the\n"
    "rules. SIGTERM: begins nothing more, ends its load and waits for it; a second one kills it.\n"
    "What it says goes to stderr.\n"
    "\n"
    "Examples:\n"
    "  quarentena daemon -c /etc/quarentena/quarentena.yml\n"
    "  quarentena schedule systemd                         the unit that keeps it running\n";

void tell(const std::string& line) {
  log(fmt::format("{} {}\n", now_utc_iso().substr(0, 19) + "Z", line), "daemon", {{"says", line}});
}

Status run_until_stopped(const std::string& config) {
  TRY_ASSIGN(const Scheduled scheduled, scheduled_in(config));
  TRY_ASSIGN(const auto binary, this_program());
  schedule::ProcessWorldOptions options;
  options.binary = {binary.string()};
  options.run_options = {"-c", scheduled.plan.file.string()};
  options.loads = scheduled.schedule.loads;
  options.tell = tell;
  if (log_format() == LogFormat::json)
    options.run_options.insert(options.run_options.end(), {"--log-format", "json"});
  else
    options.run_options.emplace_back("--quiet");
  options.look_around = [&plan = scheduled.plan](const std::atomic<bool>& stop) {
    for (const auto& problem : alerts::look(plan, now_ms(), &stop).problems)
      tell("alerts: " + problem);
  };
  const auto world = schedule::process_world(std::move(options));
  TRY_ASSIGN(auto place, schedule::meeting_place(scheduled.plan, scheduled.schedule.lease_ms / 3));
  schedule::Journal journal(std::move(place));
  return schedule::Daemon(scheduled.schedule, journal, *world, schedule::new_identity()).run();
}

}  // namespace

Result<Scheduled> scheduled_in(const std::string& config) {
  TRY_ASSIGN(Plan plan, plan_in(config));
  TRY_ASSIGN(Schedule schedule, load_schedule(plan.file));
  if (schedule.loads.empty())
    return fail(ErrorKind::config, fmt::format("{} schedules nothing", plan.file.string()),
                "add to it: schedule: { loads: { diaria: { cron: \"0 6 * * *\" } } }");
  return Scheduled{std::move(plan), std::move(schedule)};
}

Result<std::filesystem::path> this_program() {
  // Of a package (scripts/pack), /proc names the loader that started us.
  if (const char* packed = std::getenv("QUARENTENA_PROGRAM")) return packed;
  std::error_code error;
  auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return fail(ErrorKind::machine, "cannot read /proc/self/exe: " + error.message());
  return path;
}

void add_daemon(CLI::App& verb, int& exit_code) {
  const auto config = std::make_shared<std::string>();
  add_config_option(verb, *config);
  add_log_option(verb);
  verb.footer(kExamples);
  verb.callback([config, &exit_code] { exit_code = exit_code_of(run_until_stopped(*config)); });
}

}  // namespace quarentena::cli
