#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "schedule/agenda.h"

/// {schema, writer, holder, host, loads: {name: {since, days: {2024-05-28: {at, exit_code,
/// failures, again}}}}}; times are milliseconds since 1970.
namespace quarentena::schedule {
namespace {

using nlohmann::json;

constexpr const char* kSchema = "quarentena/schedule/1";

json day_json(const DayRecord& day) {
  json out = {{"at", day.at_ms}, {"exit_code", day.exit_code}, {"failures", day.failures}};
  if (day.again_ms) out["again"] = *day.again_ms;
  return out;
}

DayRecord day_from(const json& from) {
  DayRecord out{from.at("at"), from.at("exit_code"), from.at("failures"), {}};
  if (from.contains("again")) out.again_ms = from.at("again").get<std::int64_t>();
  return out;
}

LoadRecord load_from(const json& from) {
  LoadRecord out{from.at("since"), {}};
  for (const auto& [text, day] : from.at("days").items())
    if (const auto date = Date::parse_iso(text)) out.days[*date] = day_from(day);
  return out;
}

}  // namespace

std::string to_json(const Standing& standing) {
  json loads = json::object();
  for (const auto& [name, load] : standing.agenda) {
    json days = json::object();
    for (const auto& [date, day] : load.days) days[date.iso()] = day_json(day);
    loads[name] = {{"since", load.since_ms}, {"days", std::move(days)}};
  }
  const json out = {{"schema", kSchema},
                    {"writer", standing.writer},
                    {"holder", standing.holder},
                    {"host", standing.host},
                    {"loads", std::move(loads)}};
  return out.dump(1) + "\n";
}

Result<Standing> standing_from_json(const std::string& text) {
  try {
    const auto from = json::parse(text);
    if (from.at("schema") != kSchema)
      return fail(ErrorKind::data,
                  fmt::format("'{}' is a schedule of another version of quarentena",
                              from.at("schema").get<std::string>()),
                  "run the newest version on every machine");
    Standing out{from.at("writer"), from.at("holder"), from.at("host"), {}};
    for (const auto& [name, load] : from.at("loads").items()) out.agenda[name] = load_from(load);
    return out;
  } catch (const json::exception& error) {
    return fail(ErrorKind::data, fmt::format("that is no schedule: {}", error.what()));
  }
}

}  // namespace quarentena::schedule
