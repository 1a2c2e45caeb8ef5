#include "schedule/other_schedulers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <vector>

#include "schedule/cron_fields.h"

namespace quarentena::schedule {
namespace {

/// One word of systemd's command lines.
std::string systemd_word(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '%' || c == '$') out += c;
    out += c;
  }
  return out + "\"";
}

/// A path as the value of a setting of its own.
std::string systemd_path(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '%' ? "%%" : std::string(1, c);
  return out;
}

/// One word of a shell's; a per cent sign ends a crontab's line.
std::string crontab_word(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : c == '%' ? "\\%" : std::string(1, c);
  return out + "'";
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> out{""};
  for (const char c : text) {
    if (c == separator)
      out.emplace_back();
    else
      out.back() += c;
  }
  return out;
}

constexpr std::array<const char*, 7> kWeekdays{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

/// 0 to 7 of a number or a name; the expression was parsed already.
int weekday(const std::string& text) {
  for (std::size_t i = 0; i < kWeekdays.size(); ++i)
    if (text.size() == 3 &&
        std::equal(text.begin(), text.end(), kWeekdays.at(i),
                   [](char a, char b) { return std::toupper(static_cast<unsigned char>(a)) == b; }))
      return static_cast<int>(i);
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// `1-5` -> `MON,TUE,WED,THU,FRI`: Quartz counts from 1, and from Sunday.
std::string weekdays_by_name(const std::string& field) {
  std::array<bool, 7> on{};
  for (const auto& part : split(field, ',')) {
    const auto range_and_step = split(part, '/');
    const auto ends = split(range_and_step[0], '-');
    const bool any = ends[0] == "*";
    const int step = range_and_step.size() > 1 ? std::max(1, std::stoi(range_and_step[1])) : 1;
    const int first = any ? 0 : weekday(ends[0]);
    int last = any ? 6 : ends.size() > 1 ? weekday(ends[1]) : first;
    if (last < first) last += 7;  // FRI-SUN
    for (int day = first; day <= last; day += step) on.at(static_cast<std::size_t>(day % 7)) = true;
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < on.size(); ++i)
    if (on.at(i)) names.emplace_back(kWeekdays.at(i));
  return fmt::format("{}", fmt::join(names, ","));
}

/// `*/5` -> `0/5`.
std::string with_start(const std::string& field, const char* start) {
  return field.starts_with("*/") ? start + field.substr(1) : field;
}

}  // namespace

Result<std::string> quartz(const Cron& cron) {
  TRY_ASSIGN(const CronFields fields, fields_of(cron, "Quartz (Databricks)"));
  if (!is_open(fields.day) && !is_open(fields.weekday))
    return fail(ErrorKind::config,
                fmt::format("'{}' names days of the month and weekdays, of which cron takes either "
                            "and Quartz (Databricks) knows only one",
                            cron.expression()),
                "make two loads of it, one for each");
  const bool by_weekday = !is_open(fields.weekday);
  return fmt::format("{} {} {} {} {} {}", with_start(fields.second, "0"),
                     with_start(fields.minute, "0"), with_start(fields.hour, "0"),
                     by_weekday ? "?" : with_start(fields.day, "1"), with_start(fields.month, "1"),
                     by_weekday ? weekdays_by_name(fields.weekday) : "?");
}

std::string systemd_unit(const Plan& plan, const std::filesystem::path& binary,
                         const std::string& user) {
  return fmt::format(
      R"(# Save as /etc/systemd/system/quarentena.service, then: systemctl daemon-reload &&
# systemctl enable --now quarentena; journalctl -u quarentena shows what it does.
[Unit]
Description=Quarentena, the loads of {0}
Wants=network-online.target
After=network-online.target time-sync.target

[Service]
Type=exec
User={1}
WorkingDirectory={2}
# Secrets that the configuration takes from the environment, one NAME=value a line, mode 0600.
EnvironmentFile=-/etc/quarentena/environment
ExecStart={3} daemon -c {4}
Restart=on-failure
RestartSec=30s
# The daemon itself tells its load to end, and waits for it.
KillMode=mixed
TimeoutStopSec=10min
UMask=0027
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=full

[Install]
WantedBy=multi-user.target
)",
      systemd_path(plan.file.string()), user, systemd_path(plan.file.parent_path().string()),
      systemd_word(binary.string()), systemd_word(plan.file.string()));
}

Result<std::string> crontab(const Plan& plan, const Schedule& schedule,
                            const std::filesystem::path& binary) {
  std::string lines;
  for (const auto& load : schedule.loads) {
    TRY_ASSIGN(const CronFields fields, fields_of(load.cron, "a crontab"));
    if (fields.second != "0")
      return fail(ErrorKind::config,
                  fmt::format("'{}' names seconds, which a crontab cannot", load.cron.expression()),
                  "use `quarentena daemon`, or leave them out");
    std::string only;
    for (const auto& source : load.only) only += " --only " + crontab_word(source);
    const auto lock = (std::filesystem::path(plan.staging) / ".cron.lock").string();
    lines += fmt::format("{} {} {} {} {} flock --nonblock {} {} run --quiet -c {}{}  # {}\n",
                         fields.minute, fields.hour, fields.day, fields.month, fields.weekday,
                         crontab_word(lock), crontab_word(binary.string()),
                         crontab_word(plan.file.string()), only, load.name);
  }
  return fmt::format(
      R"(# Lines for `crontab -e`. CRON_TZ is understood by cronie (Red Hat, SUSE, Arch); the cron of Debian and
# Ubuntu goes by the machine's own zone instead. cron repeats nothing: what it missed, what failed, and
# what was late is for you to load; `quarentena daemon` does all three.
CRON_TZ={}
{})",
      plan.timezone, lines);
}

}  // namespace quarentena::schedule
