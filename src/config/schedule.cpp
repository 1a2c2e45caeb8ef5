#include "config/schedule.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/accepted_file.h"
#include "config/check.h"
#include "config/load.h"
#include "config/schedule_reader.h"
#include "config/text_forms.h"

namespace quarentena {
namespace {

using yaml::Entry;
using yaml::Node;

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kCheckEveryMs = 600'000;

class ScheduleReader {
 public:
  ScheduleReader(const Plan& plan, std::vector<Problem>& problems)
      : plan_(plan), problems_(problems) {}

  Schedule read(const Node& map) {
    Schedule out;
    if (const Node* catch_up = child(map, "catch_up", Node::Kind::text)) {
      const auto value = hours(catch_up->scalar);
      out.catch_up_ms = value.value_or(0) * kHourMs;
      if (!value) add(*catch_up, "catch_up", "write hours or days: 36h, 7d");
    }
    if (const auto retries = integer(map, "retries")) out.retries = static_cast<int>(*retries);
    read_time(map, "lease", out.lease_ms);
    if (const Node* loads = child(map, "loads", Node::Kind::map))
      for (const Entry& entry : loads->entries)
        if (entry.value.kind == Node::Kind::map) read_load(entry, out);
    return out;
  }

 private:
  void add(const Node& at, const char* key, std::string hint) {
    problems_.push_back({at.at,
                         fmt::format("'{}' is not a time: {}", key, in_quotes(at.scalar)),
                         std::move(hint),
                         {}});
  }

  void read_time(const Node& map, const char* key, std::int64_t& time_ms) {
    const Node* node = child(map, key, Node::Kind::text);
    if (node == nullptr) return;
    const auto time = milliseconds(node->scalar);
    time_ms = time.value_or(1);
    if (!time || *time == 0) add(*node, key, "write it as 30s or 5m, at most 60m");
  }

  void read_load(const Entry& entry, Schedule& out) {
    const auto sources = only(entry.value);
    std::int64_t check_every_ms = kCheckEveryMs;
    read_time(entry.value, "check_every", check_every_ms);
    const auto until = wait_until(entry.value);
    const Node* when = child(entry.value, "cron", Node::Kind::text);
    if (when == nullptr || !known_time_zone(plan_.timezone)) return;  // reported already
    auto cron = Cron::parse(when->scalar, plan_.timezone);
    if (cron)
      out.loads.push_back({entry.key, std::move(*cron), sources, until, check_every_ms});
    else
      problems_.push_back({when->at, cron.error().what, cron.error().hint, {}});
  }

  std::optional<int> wait_until(const Node& map) {
    const Node* until = child(map, "wait_until", Node::Kind::text);
    if (until == nullptr) return std::nullopt;
    const auto minutes = minutes_of_day(until->scalar);
    if (!minutes) add(*until, "wait_until", "write a time of the day: \"09:00\"");
    return minutes;
  }

  std::vector<std::string> only(const Node& map) {
    std::vector<std::string> names, out;
    for (const auto& source : plan_.sources) names.push_back(source.name);
    const Node* list = child(map, "only", Node::Kind::list);
    if (list == nullptr) return out;
    for (const Node& item : list->items) {
      out.push_back(item.scalar);
      if (names.empty() || plan_.find(item.scalar) != nullptr) continue;
      problems_.push_back({item.at,
                           fmt::format("there is no source {}{}", in_quotes(item.scalar),
                                       did_you_mean(item.scalar, names)),
                           fmt::format("the sources are {}", either(names)),
                           {}});
    }
    return out;
  }

  const Plan& plan_;
  std::vector<Problem>& problems_;
};

}  // namespace

Schedule read_schedule(const Node& root, const Plan& plan, std::vector<Problem>& problems) {
  const Node* schedule = yaml::child(root, "schedule", Node::Kind::map);
  return schedule == nullptr ? Schedule{} : ScheduleReader(plan, problems).read(*schedule);
}

Result<Schedule> load_schedule(const std::filesystem::path& file) {
  TRY_ASSIGN(const Plan plan, load_plan(file));
  const auto read = [&](const Node& root, const std::filesystem::path&,
                        std::vector<Problem>& problems) {
    return read_schedule(root, plan, problems);
  };
  return read_accepted<Schedule>(plan.file, read);
}

}  // namespace quarentena
