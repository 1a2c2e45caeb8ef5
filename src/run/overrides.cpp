#include "run/overrides.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "config/nearest.h"

namespace quarentena {
namespace {

constexpr int kMaxDias = 3660;
constexpr const char* kHint = "write it as crm.dias=20, crm.where=\"...\" or crm.keeps=events";

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  const auto near = nearest(word, known);
  return near ? fmt::format("; did you mean '{}'?", *near) : std::string();
}

Result<Source*> source_of(Plan& plan, const std::string& name) {
  std::vector<std::string> names;
  for (auto& source : plan.sources) {
    if (source.name == name) return &source;
    names.push_back(source.name);
  }
  return fail(ErrorKind::config,
              fmt::format("--set: no source is called '{}'{}", name, did_you_mean(name, names)),
              fmt::format("the sources are {}", fmt::join(names, ", ")));
}

Status set_dias(Source& source, const std::string& value) {
  int dias = 0;
  const auto* end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, dias);
  if (value == "until_removed") {
    source.period.dias.reset();
  } else if (read.ec == std::errc() && read.ptr == end && dias >= 0 && dias <= kMaxDias) {
    source.period.dias = dias;
  } else {
    return fail(ErrorKind::config,
                fmt::format("--set {}.dias: '{}' is not a period", source.name, value),
                fmt::format("write a number of days from 0 to {}, or until_removed", kMaxDias));
  }
  return {};
}

Status set_keeps(Source& source, const std::string& value) {
  if (value != "snapshot" && value != "events")
    return fail(ErrorKind::config,
                fmt::format("--set {}.keeps: '{}' is neither snapshot nor events{}", source.name,
                            value, did_you_mean(value, {"snapshot", "events"})),
                "snapshot: who is absent has left; events: who was seen stays until the period "
                "ends");
  source.keeps = value == "events" ? Keeps::events : Keeps::snapshot;
  return {};
}

Status set_one(Plan& plan, const std::string& text, std::vector<std::string>& notes,
               std::vector<std::string>& canais) {
  static const std::vector<std::string> kKeys = {"dias", "where", "keeps"};
  const auto equals = text.find('=');
  const auto dot = text.substr(0, equals).rfind('.');
  if (equals == std::string::npos || dot == std::string::npos)
    return fail(ErrorKind::config, fmt::format("--set: '{}' is not SOURCE.KEY=VALUE", text), kHint);
  TRY_ASSIGN(auto* source, source_of(plan, text.substr(0, dot)));
  const auto key = text.substr(dot + 1, equals - dot - 1), value = text.substr(equals + 1);
  canais.push_back(source->canal);
  if (key == "keeps") return set_keeps(*source, value);
  if (key == "where") {
    source->where = value;
    return {};
  }
  if (key != "dias")
    return fail(
        ErrorKind::config,
        fmt::format("--set: '{}' of a source cannot be tried{}", key, did_you_mean(key, kKeys)),
        fmt::format("what can: {}", fmt::join(kKeys, ", ")));
  if (source->applies == Applies::from_now)
    notes.push_back(
        fmt::format("{}.dias is tried on all contacts; with its `applies: from_now` a run keeps "
                    "the old period for contacts already made",
                    source->name));
  source->applies = Applies::to_all;
  return set_dias(*source, value);
}

std::string written(const Period& period) {
  return period.dias ? std::to_string(*period.dias) : std::string("until_removed");
}

/// As the configuration must be, too.
Status check(const Plan& plan) {
  for (const auto& source : plan.sources) {
    if (source.keeps == Keeps::events && source.period.until_removed())
      return fail(
          ErrorKind::config,
          fmt::format("source '{}': `keeps: events` needs a period, and it has "
                      "until_removed",
                      source.name),
          fmt::format("add --set {}.keeps=snapshot or --set {}.dias=30", source.name, source.name));
    for (const auto& other : plan.sources)
      if (other.canal == source.canal && other.period.dias != source.period.dias)
        return fail(ErrorKind::config,
                    fmt::format("sources '{}' and '{}' feed the canal {} with different dias: {} "
                                "and {}",
                                source.name, other.name, source.canal, written(source.period),
                                written(other.period)),
                    "a canal has one period: set both");
  }
  return {};
}

}  // namespace

Result<OverriddenPlan> with_overrides(const Plan& plan, const std::vector<std::string>& sets) {
  if (sets.empty()) return fail(ErrorKind::config, "no rule to try: --set is missing", kHint);
  OverriddenPlan out{plan, {}, {}};
  std::vector<std::string> canais;
  for (const auto& text : sets) TRY_STATUS(set_one(out.plan, text, out.notes, canais));
  TRY_STATUS(check(out.plan));
  for (const auto& source : out.plan.sources)
    if (std::count(canais.begin(), canais.end(), source.canal) > 0)
      out.sources.push_back(source.name);
  return out;
}

}  // namespace quarentena
