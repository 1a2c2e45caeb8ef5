#include "trust/brake.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace quarentena {
namespace {

using Json = nlohmann::ordered_json;

bool is_sent_between(Date sent, const SentBetween& limits) {
  return (!limits.from || *limits.from <= sent) && (!limits.before || sent < *limits.before);
}

/// The longest period that a contact of that day is under now; nullopt: until removed.
std::optional<int> period_now(const CanalLoad& load, Date sent) {
  int most = 0;
  for (const auto& input : load.sources) {
    if (!is_sent_between(sent, input.sent)) continue;
    if (input.period.until_removed()) return std::nullopt;
    most = std::max(most, *input.period.dias);
  }
  return most;
}

/// The contact of the day before is over under the period of today.
std::optional<std::string> shortened(const EarlyRelease& release, const CanalLoad& load) {
  if (!release.data_envio || load.sources.empty()) return std::nullopt;
  const auto now = period_now(load, *release.data_envio);
  if (!now || release.data_envio->days() + *now >= load.data_carga.days()) return std::nullopt;
  if (!release.saida_prevista)
    return fmt::format("period shortened from until_removed to {}", *now);
  return fmt::format("period shortened from {} to {}",
                     release.saida_prevista->days() - release.data_envio->days(), *now);
}

std::string deliveries(const CanalLoad& load) {
  std::vector<std::string> names;
  for (const auto& input : load.sources) {
    auto name = fmt::format("{}'s delivery of {}", input.source->name, input.as_of.iso());
    if (std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(std::move(name));
  }
  return fmt::format("{}", fmt::join(names, " and "));
}

std::string in_delivery(const EarlyRelease& release, const SourceLoad& input) {
  if (release.status == "filtered")
    return fmt::format("filtered: {} is not true", input.source->where);
  const auto place = fmt::format("in {}'s delivery of {}", input.source->name, input.as_of.iso());
  const auto sent = release.sent_now ? release.sent_now->iso() : std::string("absent");
  if (release.status == "rejected") return "rejected " + place;
  return fmt::format("data_envio is {} {}", sent, place);
}

}  // namespace

std::string approval_text(const Approval& approval) {
  const Json out = {{"canal", approval.canal},       {"ceiling", approval.ceiling},
                    {"releases", approval.releases}, {"by", approval.by},
                    {"why", approval.why},           {"at", utc_iso(approval.at_ms)}};
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Approval> approval_in(const std::string& text) {
  const auto j = Json::parse(text, nullptr, false);
  if (!j.is_object() || !j.contains("canal") || !j["canal"].is_string() || !j.contains("ceiling") ||
      !j["ceiling"].is_number_integer())
    return std::nullopt;
  const auto word = [&](const char* key) {
    return j.contains(key) && j[key].is_string() ? j[key].get<std::string>() : std::string();
  };
  Approval approval{word("canal"), j["ceiling"], 0, word("by"), word("why"), 0};
  if (j.contains("releases") && j["releases"].is_number_integer())
    approval.releases = j["releases"];
  approval.at_ms = parse_timestamp_ms(word("at"), "UTC").value_or(0);
  return approval;
}

std::map<std::string, Approval> approvals_of(const std::vector<LedgerRow>& rows, Date day) {
  std::map<std::string, Approval> out;
  for (const auto& row : rows) {
    if (row.data_carga != day || row.approved.empty()) continue;
    auto approval = approval_in(row.approved);
    if (!approval) continue;
    auto& last = out[approval->canal];
    if (last.canal.empty() || last.at_ms <= approval->at_ms) last = std::move(*approval);
  }
  return out;
}

std::int64_t releases_allowed(const Brake& brake, std::int64_t due,
                              const std::optional<Approval>& approval) {
  const auto share = due / 100 * brake.percent + due % 100 * brake.percent / 100;
  const auto limit = std::max(brake.count, share);
  return approval ? std::max(limit, approval->ceiling) : limit;
}

std::string why_released(const EarlyRelease& release, const CanalLoad& load, bool configured) {
  if (!configured) return fmt::format("canal {} is no longer configured", load.canal);
  if (load.sources.empty()) return fmt::format("no source of {} counts on this day", load.canal);
  if (auto why = shortened(release, load)) return *why;
  if (release.input && *release.input < load.sources.size())
    return in_delivery(release, load.sources[*release.input]);
  return "absent from " + deliveries(load);
}

}  // namespace quarentena
