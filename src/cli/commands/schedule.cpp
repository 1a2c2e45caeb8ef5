#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/scheduling.h"
#include "cli/table_text.h"
#include "schedule/other_schedulers.h"

namespace quarentena::cli {
namespace {

struct Options {
  std::string config;
  std::size_t count = 5;
  std::string from;
  std::string user = "quarentena";
  std::string compute = "serverless";
  std::string out;
  bool json = false;
};

constexpr const char* kExamples =
    "Examples:\n"
    "  quarentena schedule next                       the next loads, with their data_carga\n"
    "  quarentena schedule systemd                    a unit that keeps `quarentena daemon` "
    "running\n"
    "  quarentena schedule cron                       lines of a crontab instead\n"
    "  quarentena schedule databricks --out bundle    a Databricks Asset Bundle instead\n";

struct Coming {
  std::string load;
  Occurrence occurrence;
};

std::vector<Coming> coming(const Schedule& schedule, std::int64_t from_ms, std::size_t count) {
  std::vector<Coming> out;
  for (const auto& load : schedule.loads) {
    auto next = load.cron.next(from_ms);
    for (std::size_t i = 0; i < count && next; ++i) {
      out.push_back({load.name, *next});
      next = load.cron.next(next->at_ms);
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return a.occurrence.at_ms < b.occurrence.at_ms;
  });
  if (out.size() > count) out.resize(count);
  return out;
}

Status next(const Options& options) {
  TRY_ASSIGN(const Scheduled scheduled, scheduled_in(options.config));
  const auto& zone = scheduled.plan.timezone;
  auto from_ms = now_ms();
  if (!options.from.empty()) {
    TRY_ASSIGN(from_ms, parse_timestamp_ms(options.from, zone));
  }
  const auto loads = coming(scheduled.schedule, from_ms, options.count);
  if (options.json) {
    auto out = nlohmann::json::array();
    for (const auto& [load, at] : loads)
      out.push_back({{"load", load},
                     {"at", utc_iso(at.at_ms)},
                     {"local", local_iso(at.at_ms, zone)},
                     {"data_carga", at.day.iso()}});
    print_out("{}\n", out.dump(2));
    return {};
  }
  TextTable table({{"load"}, {zone}, {"UTC"}, {"data_carga"}});
  for (const auto& [load, at] : loads)
    table.add(
        {load, local_iso(at.at_ms, zone), utc_iso(at.at_ms).substr(0, 19) + "Z", at.day.iso()});
  table.print();
  return {};
}

Status systemd(const Options& options) {
  TRY_ASSIGN(const Scheduled scheduled, scheduled_in(options.config));
  TRY_ASSIGN(const auto binary, this_program());
  print_out("{}", schedule::systemd_unit(scheduled.plan, binary, options.user));
  return {};
}

Status cron(const Options& options) {
  TRY_ASSIGN(const Scheduled scheduled, scheduled_in(options.config));
  TRY_ASSIGN(const auto binary, this_program());
  TRY_ASSIGN(const auto lines, schedule::crontab(scheduled.plan, scheduled.schedule, binary));
  print_out("{}", lines);
  return {};
}

Status write_bundle(const std::filesystem::path& folder,
                    const std::map<std::string, std::string>& files) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  for (const auto& [name, content] : files) {
    if (std::filesystem::exists(folder / name, error))
      return fail(ErrorKind::config, fmt::format("{} is there already", (folder / name).string()),
                  "name another folder, or remove it: what you changed by hand would be lost");
  }
  for (const auto& [name, content] : files) {
    std::ofstream out(folder / name, std::ios::binary);
    out << content;
    out.close();
    if (!out)
      return fail(ErrorKind::machine, fmt::format("cannot write {}", (folder / name).string()));
    print_err("wrote {}\n", (folder / name).string());
  }
  return {};
}

Status databricks(const Options& options) {
  TRY_ASSIGN(const Scheduled scheduled, scheduled_in(options.config));
  const auto compute =
      options.compute == "cluster" ? schedule::Compute::cluster : schedule::Compute::serverless;
  TRY_ASSIGN(const auto files,
             schedule::databricks_bundle(scheduled.plan, scheduled.schedule, compute));
  if (!options.out.empty()) return write_bundle(options.out, files);
  print_out("{}", files.at("databricks.yml"));
  return {};
}

using Act = Status (*)(const Options&);

CLI::App* add(CLI::App& verb, const char* name, const char* summary, Act act,
              const std::shared_ptr<Options>& options, int& exit_code) {
  auto* sub = verb.add_subcommand(name, summary);
  add_config_option(*sub, options->config);
  sub->callback([act, options, &exit_code] { exit_code = exit_code_of(act(*options)); });
  return sub;
}

}  // namespace

void add_schedule(CLI::App& verb, int& exit_code) {
  const auto options = std::make_shared<Options>();
  verb.require_subcommand(1);
  verb.footer(kExamples);
  auto* coming_loads = add(verb, "next", "When the next loads are due", next, options, exit_code);
  coming_loads->add_option("--count", options->count, "So many of them")
      ->type_name("N")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  coming_loads->add_option("--from", options->from, "After this time instead of now")
      ->type_name("TIME");
  coming_loads->add_flag("--json", options->json, "As a JSON array");

  auto* unit =
      add(verb, "systemd", "A unit that keeps the daemon running", systemd, options, exit_code);
  unit->add_option("--user", options->user, "The user it runs as")
      ->type_name("NAME")
      ->capture_default_str();

  add(verb, "cron", "Lines of a crontab", cron, options, exit_code);

  auto* bundle =
      add(verb, "databricks", "A Databricks Asset Bundle", databricks, options, exit_code);
  bundle
      ->add_option("--out", options->out,
                   "Write it to this folder, whole; without, print its databricks.yml")
      ->type_name("FOLDER");
  bundle->add_option("--compute", options->compute, "Where the job runs: serverless or cluster")
      ->check(CLI::IsMember({"serverless", "cluster"}))
      ->capture_default_str();
}

}  // namespace quarentena::cli
