#include "alerts/alerts.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "alerts/inspect.h"
#include "base/date.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/table_text.h"
#include "cli/terminal.h"
#include "cli/watching.h"

namespace quarentena::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string config;
  bool json = false;
};

constexpr const char* kExamples =
    "Examples:\n"
    "  quarentena alerts test       sends a message to every channel of `alerts`\n"
    "  quarentena alerts list       what is wrong now, and what waits to be sent\n"
    "  quarentena alerts send       looks for late sources and an old table, and sends what "
    "waits;\n"
    "                               for cron, where no daemon does it\n";

struct Watched {
  Plan plan;
  Alerts alerts;
};

Result<Watched> watched_by(const Options& options) {
  TRY_ASSIGN(Plan plan, plan_in(options.config));
  TRY_ASSIGN(Alerts alerts, load_alerts(plan.file));
  if (alerts.channels.empty())
    return fail(ErrorKind::config, fmt::format("{} has no `alerts`", plan.file.string()),
                "docs/guides/alerts.md shows how to write it");
  return Watched{std::move(plan), std::move(alerts)};
}

int test(const Options& options) {
  const auto watched = watched_by(options);
  if (!watched) return report_error(watched.error());
  auto all = Json::array();
  int worst = 0;
  for (const auto& tried :
       alerts::test_channels(watched->plan, watched->alerts, &stop_requested())) {
    const auto& error = tried.outcome ? Error{} : tried.outcome.error();
    if (!tried.outcome) worst = std::max(worst, exit_code(error.kind));
    if (options.json) {
      all.push_back({{"channel", tried.channel},
                     {"way", tried.way},
                     {"took_ms", tried.took_ms},
                     {"passed", tried.outcome.has_value()},
                     {"error", tried.outcome ? Json() : Json(error.what)},
                     {"hint", tried.outcome ? Json() : Json(error.hint)}});
    } else if (tried.outcome) {
      print_out("{} {:<16} {}: taken in {}\n", styled(Stream::out, Style::green, "✓"),
                tried.channel, tried.way, as_duration(tried.took_ms));
    } else {
      print_out("{} {:<16} {}: {}\n", styled(Stream::out, Style::red, "✗"), tried.channel,
                tried.way, error.what);
      if (!error.hint.empty()) print_out("  hint: {}\n", error.hint);
    }
  }
  if (options.json) print_out("{}\n", all.dump(2));
  return worst;
}

int list(const Options& options) {
  const auto watched = watched_by(options);
  if (!watched) return report_error(watched.error());
  const auto state = alerts::inspect(watched->plan);
  if (options.json) {
    print_out("{}", alerts::to_json(state));
    return 0;
  }
  if (state.open.empty()) print_out("nothing is wrong, as far as was looked\n");
  if (!state.open.empty()) {
    TextTable table({{"since (UTC)"}, {"what"}, {"told"}});
    for (const auto& one : state.open)
      table.add({utc_iso(one.since_ms).substr(0, 19), one.event, one.what});
    table.print();
  }
  for (const auto& waits : state.waiting)
    print_out("channel {}: {} wait{}{}\n", waits.channel, waits.notices,
              waits.error.empty() ? "" : "; the last try: ", waits.error);
  return 0;
}

int send(const Options& options) {
  const auto watched = watched_by(options);
  if (!watched) return report_error(watched.error());
  const auto told = alerts::send(watched->plan, now_ms(), &stop_requested());
  for (const auto& problem : told.problems)
    print_err("{} {}\n", styled(Stream::err, Style::yellow, "warning:"), problem);
  if (options.json)
    print_out("{}\n", Json{{"sent", told.sent}, {"waiting", told.waiting}}.dump());
  else
    print_out("{} sent, {} waiting\n", told.sent, told.waiting);
  return told.waiting > 0 || !told.problems.empty() ? exit_code(ErrorKind::transient) : 0;
}

void add_each(CLI::App& verb, const char* name, const char* summary, int (*act)(const Options&),
              const std::shared_ptr<Options>& options, int& exit_code) {
  auto* sub = verb.add_subcommand(name, summary);
  add_config_option(*sub, options->config);
  sub->add_flag("--json", options->json, "For a program");
  sub->callback([options, act, &exit_code] { exit_code = act(*options); });
}

}  // namespace

void add_alerts(CLI::App& verb, int& exit_code) {
  const auto options = std::make_shared<Options>();
  verb.require_subcommand(1);
  verb.footer(kExamples);
  add_each(verb, "test", "Send a test message to every channel", test, options, exit_code);
  add_each(verb, "list", "What is wrong now, and what waits to be sent", list, options, exit_code);
  add_each(verb, "send", "Look for late sources and an old table; send what waits", send, options,
           exit_code);
}

}  // namespace quarentena::cli
