#include "alerts/notice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/shell_text.h"

namespace quarentena::alerts {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;

Notice of_run(Alerts::Event event, const RunReport& run) {
  Notice notice;
  notice.event = event;
  notice.data_carga = run.data_carga;
  notice.run_id = run.run_id;
  notice.at_ms = ended_ms(run);
  return notice;
}

const char* in_words(SourceStatus came) {
  switch (came) {
    case SourceStatus::late:
      return "what it delivered is not of this day";
    case SourceStatus::missing:
      return "it delivered nothing";
    case SourceStatus::empty:
      return "its delivery is empty";
    case SourceStatus::truncated:
      return "its delivery is cut off";
    case SourceStatus::shrunken:
      return "its delivery has not the rows that are expected of it";
    case SourceStatus::drifted:
      return "its columns are not those agreed";
    case SourceStatus::failed:
      return "it could not be asked, or what it sent could not be read";
    case SourceStatus::carried:
    case SourceStatus::received:
    case SourceStatus::unchanged:
      break;
  }
  return "its delivery was not accepted";
}

const char* in_words(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::config:
      return "the configuration or the command is wrong";
    case ErrorKind::auth:
      return "credentials or permissions are refused";
    case ErrorKind::missing:
      return "something that is needed is not there";
    case ErrorKind::transient:
      return "the network or a server failed";
    case ErrorKind::data:
      return "a delivery is not what the configuration says";
    case ErrorKind::conflict:
      return "another writer got there first";
    case ErrorKind::machine:
      return "the machine is at its end (disk, memory), or it was told to stop";
    case ErrorKind::bug:
      break;
  }
  return "a bug of quarentena's";
}

/// The error's own words may quote what was delivered, unless it is of a server or a file.
bool speaks_of_places(ErrorKind kind) {
  return kind == ErrorKind::auth || kind == ErrorKind::missing || kind == ErrorKind::transient;
}

std::string as_it_was(const Plan& plan) {
  return fmt::format(
      "The table is as it was: campaigns see the load before this one, and contacts made since are "
      "not in it. When that load is {} hours old, `check` answers unknown.",
      plan.check.max_age_hours);
}

std::string see(const Plan& plan, const RunReport& run) {
  return "see what happened: `" + command(plan, "runs show " + run.run_id) + "`";
}

std::string load_again(const Plan& plan, Date day) {
  return "`" + command(plan, "run --data-carga " + day.iso()) + "`";
}

}  // namespace

std::int64_t ended_ms(const RunReport& run) {
  return run.finished_ms > 0 ? run.finished_ms : run.started_ms;
}

std::string command(const Plan& plan, const std::string& verb) {
  return fmt::format("quarentena {} -c {}", verb, shell_quoted(plan.file.string()));
}

Notice held_notice(const Plan& plan, const RunReport& run) {
  auto notice = of_run(Alerts::Event::held, run);
  std::vector<std::string> canais;
  std::string approve = "run --data-carga " + run.data_carga.iso();
  for (const auto& canal : run.held) {
    canais.push_back(fmt::format("{} of {} clients would leave {} early ({} may)", canal.releases,
                                 canal.in_quarantine, canal.canal, canal.allowed));
    approve +=
        " --approve-release " + shell_quoted(fmt::format("{}={}", canal.canal, canal.releases));
  }
  notice.what = fmt::format("{} is held: {}", run.data_carga.iso(), fmt::join(canais, "; "));
  notice.means =
      "Nothing was published, so that nobody is released by accident. " + as_it_was(plan);
  if (!run.releases.empty()) notice.next.push_back("look at who they are: " + run.releases);
  notice.next.push_back("if a delivery is wrong, have it mended, then " +
                        load_again(plan, run.data_carga));
  notice.next.push_back("if they may leave: `" + command(plan, approve + " --reason '...'") + "`");
  return notice;
}

Notice failed_notice(const Plan& plan, const RunReport& run) {
  auto notice = of_run(Alerts::Event::failed, run);
  const auto day = run.data_carga.iso();
  if (run.status == RunStatus::killed) {
    notice.what = fmt::format("{} was not published: the run was killed", day);
    notice.next.push_back("did the machine run out of memory, or restart? `journalctl -k` tells");
  } else {
    const auto kind = run.error ? run.error->kind : ErrorKind::bug;
    notice.what = fmt::format("{} was not published: {}", day, in_words(kind));
    if (run.error && !run.error->source.empty())
      notice.what += fmt::format(" (source {})", run.error->source);
    if (run.error && speaks_of_places(kind)) notice.what += ": " + run.error->what;
    notice.next.push_back(see(plan, run));
    if (kind == ErrorKind::config) notice.next.push_back("`" + command(plan, "config check") + "`");
    if (run.error && !run.error->source.empty())
      notice.next.push_back("`" + command(plan, "sources test " + run.error->source) + "`");
  }
  notice.means = as_it_was(plan);
  notice.next.push_back("then " + load_again(plan, run.data_carga));
  return notice;
}

Notice degraded_notice(const Plan& plan, const RunReport& run, const SourceReport& source) {
  auto notice = of_run(Alerts::Event::degraded, run);
  notice.source = source.name;
  const auto day = run.data_carga.iso();
  if (source.decision == Decision::skipped) {
    notice.what =
        fmt::format("{} counts for nobody on {}: {}", source.name, day, in_words(source.came));
    notice.means =
        fmt::format("The day is published without it: clients that only {} holds are free in {}.",
                    source.name, source.canal);
  } else {
    const auto since = source.in_force_since.value_or(run.data_carga);
    notice.what =
        fmt::format("{} is carried forward on {}: {}", source.name, day, in_words(source.came));
    notice.means = fmt::format(
        "The day is published with the state of {} of {}: nobody of {} is released, but contacts "
        "that it made since are not in quarantine.",
        source.name, since.iso(), source.canal);
  }
  notice.next.push_back("`" + command(plan, "sources test " + source.name) + "`");
  notice.next.push_back("once the delivery is right: " + load_again(plan, run.data_carga));
  return notice;
}

Notice late_notice(const Plan& plan, const Source& source, Date day, SourceStatus came) {
  Notice notice;
  notice.event = Alerts::Event::late;
  notice.data_carga = day;
  notice.source = source.name;
  const int due = source.acceptance.deadline_minutes.value_or(0);
  notice.what = fmt::format("{} was due by {:02}:{:02} on {}: {}", source.name, due / 60, due % 60,
                            day.iso(), in_words(came));
  notice.means = fmt::format(
      "A load now carries its last accepted state forward: nobody of {} is released, but contacts "
      "that it made since are not in quarantine.",
      source.canal);
  notice.next.push_back(fmt::format("ask who delivers {} when it comes", source.name));
  notice.next.push_back("`" + command(plan, "sources test " + source.name) + "`");
  notice.next.push_back("once it is there: " + load_again(plan, day));
  return notice;
}

Notice stale_notice(const Plan& plan, Date newest, std::int64_t loaded_ms, std::int64_t now_ms) {
  Notice notice;
  notice.event = Alerts::Event::stale;
  notice.data_carga = newest;
  notice.what =
      fmt::format("the newest load is of {}, {} hours old; {} are allowed (`check.max_age`)",
                  newest.iso(), (now_ms - loaded_ms) / kHourMs, plan.check.max_age_hours);
  notice.means =
      "`check` and `serve` answer unknown, so campaigns that ask them do not send; those that read "
      "the table see old quarantines.";
  notice.next.push_back("does the scheduler run? `" + command(plan, "runs list") + "`");
  notice.next.push_back("load today: `" + command(plan, "run") + "`");
  return notice;
}

}  // namespace quarentena::alerts
