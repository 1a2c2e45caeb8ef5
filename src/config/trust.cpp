#include "config/trust.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/date.h"
#include "config/check.h"
#include "config/text_forms.h"

namespace quarentena {
namespace {

using yaml::Entry;
using yaml::Node;

bool says(const Node& map, std::string_view key, std::string_view word) {
  const Node* node = child(map, key, Node::Kind::text);
  return node != nullptr && node->scalar == word;
}

/// Out of any range only when that was reported already.
std::optional<int> percent(const Node& map, std::string_view key) {
  const Node* node = map.find(key);
  const auto value = node != nullptr ? percent_of(*node) : std::nullopt;
  if (!value || *value < 0 || *value > 9'999) return std::nullopt;
  return static_cast<int>(*value);
}

class TrustReader {
 public:
  TrustReader(const Node& entry, Source& source, std::vector<Problem>& problems)
      : entry_(entry), source_(source), acceptance_(source.acceptance), problems_(problems) {}

  void read() {
    read_memory();
    if (says(entry_, "on_failure", "fail")) acceptance_.on_failure = Acceptance::OnFailure::fail;
    if (says(entry_, "on_failure", "skip")) acceptance_.on_failure = Acceptance::OnFailure::skip;
    if (says(entry_, "contract", "freeze")) acceptance_.contract = Acceptance::Contract::freeze;
    if (const Node* map = child(entry_, "freshness", Node::Kind::map)) read_freshness(*map);
    if (const Node* map = child(entry_, "volume", Node::Kind::map)) read_volume(*map);
    acceptance_.max_reject_percent =
        percent(entry_, "rejects").value_or(acceptance_.max_reject_percent);
    if (const Node* list = child(entry_, "expectations", Node::Kind::list)) {
      read_expectations(*list);
    }
  }

 private:
  void add(Position at, std::string message, std::string hint) {
    problems_.push_back({at, std::move(message), std::move(hint), {}});
  }

  void read_memory() {
    if (says(entry_, "applies", "from_now")) source_.applies = Applies::from_now;
    if (says(entry_, "applies", "to_all")) source_.applies = Applies::to_all;
    if (!says(entry_, "keeps", "events")) return;
    source_.keeps = Keeps::events;
    // A day without new contacts is a usual day, and no two days are of one size.
    acceptance_.min_rows = 0;
    acceptance_.shrink.reset();
    if (source_.period.until_removed()) {
      add(entry_.find("keeps")->at,
          "'keeps: events' needs a period, and this source has 'until_removed': a contact would "
          "never leave",
          "write keeps: snapshot, so that absence releases, or a period such as dias: 30");
    }
  }

  void read_freshness(const Node& map) {
    if (const Node* age = child(map, "max_age", Node::Kind::text)) {
      acceptance_.max_age_hours = hours(age->scalar);
      if (!acceptance_.max_age_hours) {
        add(age->at, fmt::format("'max_age' is not a time: {}", in_quotes(age->scalar)),
            "write hours or days: 26h, 2d");
      }
    }
    if (const auto days = integer(map, "newest_within")) {
      acceptance_.newest_within_days = static_cast<int>(*days);
    }
    if (const Node* deadline = child(map, "deadline", Node::Kind::text)) {
      acceptance_.deadline_minutes = minutes_of_day(deadline->scalar);
      if (!acceptance_.deadline_minutes) {
        add(deadline->at,
            fmt::format("'deadline' is not a time of day: {}", in_quotes(deadline->scalar)),
            "write hours and minutes, from \"00:00\" to \"23:59\"");
      }
    }
    if (const Node* zone = child(map, "timezone", Node::Kind::text)) read_zone(map, *zone);
  }

  void read_zone(const Node& freshness, const Node& zone) {
    acceptance_.timezone = zone.scalar;
    if (!known_time_zone(zone.scalar)) {
      add(zone.at, fmt::format("unknown time zone {}", in_quotes(zone.scalar)),
          "write an IANA name such as America/Sao_Paulo, America/Manaus or UTC");
    }
    if (freshness.find("deadline") == nullptr) {
      add(zone.at, "'timezone' of 'freshness' is for its 'deadline', and there is none",
          "add: deadline: \"07:00\", or take 'timezone' out");
    }
  }

  void read_volume(const Node& map) {
    acceptance_.min_rows = integer(map, "min_rows").value_or(acceptance_.min_rows);
    read_limit(map, "shrink", acceptance_.shrink);
    read_limit(map, "growth", acceptance_.growth);
  }

  static void read_limit(const Node& volume, std::string_view key,
                         std::optional<ChangeLimit>& limit) {
    const Node* node = volume.find(key);
    if (node == nullptr) return;
    if (says(volume, key, "off")) {
      limit.reset();
    } else if (node->kind == Node::Kind::map) {
      limit =
          ChangeLimit{percent(*node, "percent").value_or(0), integer(*node, "count").value_or(0)};
    } else if (const auto value = percent(volume, key)) {
      limit = ChangeLimit{*value, 0};
    }
  }

  void read_expectations(const Node& list) {
    std::set<std::string> names;
    for (const Node& item : list.items) {
      const Node* name = child(item, "name", Node::Kind::text);
      const Node* sql = child(item, "sql", Node::Kind::text);
      if (name == nullptr || sql == nullptr) continue;
      Expectation expectation{.name = name->scalar, .sql = sql->scalar};
      if (says(item, "on_failure", "warn")) expectation.severity = Expectation::Severity::warn;
      if (says(item, "on_failure", "fail")) expectation.severity = Expectation::Severity::fail;
      if (!names.insert(name->scalar).second) {
        add(name->at, fmt::format("two expectations are named {}", in_quotes(name->scalar)),
            "give one of them another name: reports tell them apart by it");
      }
      acceptance_.expectations.push_back(std::move(expectation));
    }
  }

  const Node& entry_;
  Source& source_;
  Acceptance& acceptance_;
  std::vector<Problem>& problems_;
};

Brake read_brake(const Node& map, Brake otherwise) {
  return {.count = integer(map, "count").value_or(otherwise.count),
          .percent = percent(map, "percent").value_or(otherwise.percent)};
}

/// A limit for a canal that nobody feeds is a typing error that would leave the real one without.
void check_canal(const Entry& entry, const std::vector<Source>& sources,
                 std::vector<Problem>& problems) {
  std::vector<std::string> canais;
  for (const Source& source : sources) {
    if (source.canal == entry.key) return;
    const bool fresh = std::find(canais.begin(), canais.end(), source.canal) == canais.end();
    if (fresh && !source.canal.empty()) canais.push_back(source.canal);
  }
  if (canais.empty()) return;
  problems.push_back({entry.at,
                      fmt::format("no source feeds the canal {}{}", in_quotes(entry.key),
                                  did_you_mean(entry.key, canais)),
                      fmt::format("the sources feed {}", either(canais)),
                      {}});
}

}  // namespace

void read_trust(const Node& entry, Source& source, std::vector<Problem>& problems) {
  TrustReader(entry, source, problems).read();
}

void read_brakes(const Node& root, Plan& plan, std::vector<Problem>& problems) {
  const Node* map = child(root, "release_brake", Node::Kind::map);
  if (map == nullptr) return;
  const Brake brake = read_brake(*map, {});
  plan.brakes[""] = brake;
  const Node* canais = child(*map, "canais", Node::Kind::map);
  if (canais == nullptr) return;
  for (const Entry& entry : canais->entries) {
    check_canal(entry, plan.sources, problems);
    if (entry.value.kind == Node::Kind::map) {
      plan.brakes[entry.key] = read_brake(entry.value, brake);
    }
  }
}

}  // namespace quarentena
