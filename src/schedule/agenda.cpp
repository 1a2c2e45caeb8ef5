#include "schedule/agenda.h"

#include <algorithm>

namespace quarentena::schedule {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kLongestBackoffMs = 30 * kMinuteMs;
constexpr std::size_t kDaysKept = 62;  ///< beside those that could be caught up

constexpr int kUserToFix = 1, kDegraded = 3, kTemporary = 5;

/// Errors of the zone were found with the configuration.
std::int64_t start_of(Date day, const std::string& zone) {
  return parse_timestamp_ms(day.iso(), zone).value_or(day.days() * kDayMs);
}

std::int64_t deadline_of(const ScheduledLoad& load, Date day) {
  return start_of(day, load.cron.zone()) + *load.wait_until_minutes * kMinuteMs;
}

/// No wait is longer than this, or the clock was put back since it began.
std::int64_t longest_wait_ms(const ScheduledLoad& load) {
  return std::max(load.check_every_ms, kLongestBackoffMs) + kMinuteMs;
}

/// A day's occurrence, seen with what was written of that day.
struct Seen {
  std::optional<DueRun> run;
  std::optional<std::int64_t> wake_ms;
};

Seen look_at(const ScheduledLoad& load, const LoadRecord& record, const Occurrence& newest,
             std::int64_t now_ms) {
  const auto found = record.days.find(newest.day);
  if (found == record.days.end() || found->second.at_ms < newest.at_ms)
    return {DueRun{load.name, newest}, {}};
  const auto& done = found->second;
  if (!done.again_ms) return {};
  const bool waiting = *done.again_ms > now_ms && *done.again_ms <= now_ms + longest_wait_ms(load);
  if (waiting) return {{}, done.again_ms};
  return {DueRun{load.name, {done.at_ms, newest.day}}, {}};
}

void sooner(std::optional<std::int64_t>& wake_ms, const std::optional<std::int64_t>& other) {
  if (other && (!wake_ms || *other < *wake_ms)) wake_ms = other;
}

void look_back(const Schedule& schedule, const ScheduledLoad& load, const LoadRecord& record,
               std::int64_t now_ms, Step& step) {
  const auto since = std::max(record.since_ms, now_ms - schedule.catch_up_ms);
  auto newest = load.cron.last(now_ms);
  while (newest && newest->at_ms > since) {
    const auto seen = look_at(load, record, *newest, now_ms);
    sooner(step.wake_ms, seen.wake_ms);
    const bool older =
        seen.run && (!step.run || seen.run->occurrence.day < step.run->occurrence.day);
    if (older) step.run = seen.run;
    newest = load.cron.last(start_of(newest->day, load.cron.zone()) - 1);
  }
}

/// A minute, two, four, ...; not on the dot, so that machines do not come all at once.
std::int64_t backoff_ms(int failures, std::int64_t now_ms) {
  const auto wait = std::min(kMinuteMs << std::min(failures - 1, 10), kLongestBackoffMs);
  return wait - now_ms % (wait / 5);
}

/// While there is time the next look, and a last one at the deadline.
std::optional<std::int64_t> next_look(const ScheduledLoad& load, Date day, std::int64_t now_ms) {
  if (!load.wait_until_minutes) return std::nullopt;
  const auto deadline = deadline_of(load, day);
  if (now_ms >= deadline) return std::nullopt;
  return std::min(now_ms + load.check_every_ms, deadline);
}

/// Nothing that is forgotten was missed, wherever a clock may go.
void forget_old_days(LoadRecord& record, const Schedule& schedule) {
  const auto kept = kDaysKept + static_cast<std::size_t>(schedule.catch_up_ms / kDayMs);
  while (record.days.size() > kept) {
    record.since_ms = std::max(record.since_ms, record.days.begin()->second.at_ms);
    record.days.erase(record.days.begin());
  }
}

const ScheduledLoad* find(const Schedule& schedule, const std::string& name) {
  const auto found = std::find_if(schedule.loads.begin(), schedule.loads.end(),
                                  [&](const auto& load) { return load.name == name; });
  return found == schedule.loads.end() ? nullptr : &*found;
}

}  // namespace

bool enter_new_loads(Agenda& agenda, const Schedule& schedule, std::int64_t now_ms) {
  bool any = false;
  for (const auto& load : schedule.loads) {
    const auto [record, fresh] = agenda.try_emplace(load.name, LoadRecord{now_ms, {}});
    any = any || fresh || record->second.since_ms > now_ms;
    record->second.since_ms = std::min(record->second.since_ms, now_ms);
  }
  return any;
}

Step next_step(const Schedule& schedule, const Agenda& agenda, std::int64_t now_ms) {
  Step step;
  for (const auto& load : schedule.loads) {
    const auto record = agenda.find(load.name);
    if (record != agenda.end()) look_back(schedule, load, record->second, now_ms, step);
    if (const auto next = load.cron.next(now_ms)) sooner(step.wake_ms, next->at_ms);
  }
  return step;
}

void record(Agenda& agenda, const Schedule& schedule, const DueRun& run, const RunEnd& end,
            std::int64_t now_ms) {
  const auto* load = find(schedule, run.load);
  if (load == nullptr) return;
  auto& days = agenda[run.load].days;
  const auto before = days.find(run.occurrence.day);
  const bool again = before != days.end() && before->second.at_ms == run.occurrence.at_ms;
  DayRecord out{run.occurrence.at_ms, end.exit_code, 0, {}};
  if (end.exit_code == kTemporary || end.signal != 0) {
    out.failures = (again ? before->second.failures : 0) + 1;
    if (out.failures <= schedule.retries)
      out.again_ms = now_ms + backoff_ms(out.failures, now_ms);
    else
      out.again_ms = next_look(*load, run.occurrence.day, now_ms);
  } else if (end.exit_code == kDegraded || end.exit_code == kUserToFix) {
    out.again_ms = next_look(*load, run.occurrence.day, now_ms);
  }
  days[run.occurrence.day] = out;
  forget_old_days(agenda[run.load], schedule);
}

}  // namespace quarentena::schedule
