#include "base/cron.h"

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>
#include <quarentena_native.h>

#include <chrono>

namespace quarentena {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// No clock was ever put back by more; what it shows now is at most this far from what it showed.
constexpr std::int64_t kPutBackSeconds = 3 * 3600;

std::string taken(char* text) {
  std::string out = text != nullptr ? text : "";
  qn_text_free(text);
  return out;
}

/// What the zone's clocks show, as seconds since 1970-01-01T00:00:00 of theirs.
std::int64_t clock_at(const std::string& zone, std::int64_t ms) {
  const date::sys_time<milliseconds> time{milliseconds{ms}};
  const auto local = date::locate_zone(zone)->to_local(time);
  return date::floor<seconds>(local).time_since_epoch().count();
}

/// When they show it for the first time; when they skip it, the moment they are put forward.
Occurrence moment_of(const std::string& zone, std::int64_t clock) {
  const date::local_seconds local{seconds{clock}};
  const auto* tz = date::locate_zone(zone);
  const auto at = tz->to_sys(local, date::choose::earliest);
  const auto day = date::floor<date::days>(tz->to_local(at));
  return {milliseconds(at.time_since_epoch()).count(),
          Date(static_cast<std::int32_t>(day.time_since_epoch().count()))};
}

using Find = qn_status (*)(const char*, std::int64_t, std::int64_t*, char**);

std::optional<std::int64_t> find(Find search, const std::string& expression, std::int64_t from) {
  std::int64_t found = 0;
  char* error = nullptr;
  const auto status = search(expression.c_str(), from, &found, &error);
  taken(error);
  return status == QN_OK ? std::optional(found) : std::nullopt;
}

}  // namespace

Result<Cron> Cron::parse(std::string expression, std::string zone) {
  constexpr const char* kHint =
      "write the five fields of a crontab: minute hour day month weekday, as in \"0 6 * * *\"";
  std::int64_t found = 0;
  char* error = nullptr;
  const auto status = qn_cron_next(expression.c_str(), 0, &found, &error);
  const auto why = taken(error);
  if (status == QN_ABSENT)
    return fail(ErrorKind::config, fmt::format("'{}' is a time that never comes", expression),
                kHint);
  if (status != QN_OK)
    return fail(ErrorKind::config,
                fmt::format("'{}' is not a cron expression: {}", expression, why), kHint);
  return Cron(std::move(expression), std::move(zone));
}

std::string local_iso(std::int64_t ms_since_epoch, const std::string& zone) {
  const date::sys_time<milliseconds> time{milliseconds{ms_since_epoch}};
  return date::format("%FT%T%z", date::make_zoned(zone, date::floor<seconds>(time)));
}

std::optional<Occurrence> Cron::next(std::int64_t after_ms) const {
  auto clock = find(qn_cron_next, expression_, clock_at(zone_, after_ms));
  while (clock) {
    // Clocks that were put back show again what has been.
    if (const auto moment = moment_of(zone_, *clock); moment.at_ms > after_ms) return moment;
    clock = find(qn_cron_next, expression_, *clock);
  }
  return std::nullopt;
}

std::optional<Occurrence> Cron::last(std::int64_t until_ms) const {
  auto clock = find(qn_cron_last, expression_, clock_at(zone_, until_ms) + kPutBackSeconds);
  while (clock) {
    if (const auto moment = moment_of(zone_, *clock); moment.at_ms <= until_ms) return moment;
    clock = find(qn_cron_last, expression_, *clock - 1);
  }
  return std::nullopt;
}

}  // namespace quarentena
