#include "alerts/alerts.h"

#include "alerts/look.h"
#include "alerts/outbox.h"
#include "config/alerts.h"
#include "run/run_marker.h"

namespace quarentena::alerts {
namespace {

constexpr std::int64_t kLookEveryMs = 5 * 60'000;

Status apply(const Watch& watch, const Findings& found, std::int64_t now_ms) {
  return change_memory(folder_of(watch.plan), [&](Memory& memory) {
    std::vector<Notice> news;
    const auto add = [&](std::vector<Notice> more) {
      for (auto& notice : more) news.push_back(std::move(notice));
    };
    if (found.stale) add(memory.incidents.found_stale(*found.stale));
    if (found.fresh) add(memory.incidents.found_fresh(*found.fresh, now_ms));
    for (const auto& late : found.late) add(memory.incidents.found_late(late));
    for (const auto& source : found.in_time) memory.in_time[source] = found.today;
    memory.looked_ms = now_ms;
    enqueue(memory, watch.alerts, news);
  });
}

Status note(const Watch& watch, const std::vector<RunReport>& runs) {
  return change_memory(folder_of(watch.plan), [&](Memory& memory) {
    for (const auto& run : runs)
      enqueue(memory, watch.alerts, memory.incidents.after_run(watch.plan, run));
  });
}

/// Nothing is lost when it cannot be looked now: it is looked again.
Status look_and_note(const Watch& watch, std::int64_t now_ms, const std::atomic<bool>* stop) {
  const auto& plan = watch.plan;
  TRY_STATUS(
      bury_dead_runs(plan.staging, [&](const RunReport& run) { return note(watch, {run}); }));
  TRY_ASSIGN(const auto found, find_out(plan, read_memory(folder_of(plan)), now_ms, stop));
  return apply(watch, found, now_ms);
}

/// Does `work` and sends, when there is somebody to tell.
template <class Work>
Told tell(const Plan& plan, When when, const std::atomic<bool>* stop, const Work& work) {
  const auto alerts = load_alerts(plan.file);
  if (!alerts) return {0, 0, {alerts.error().what}};
  if (alerts->channels.empty()) return {};
  const Watch watch{plan, *alerts};
  const Status done = work(watch);
  auto told = deliver(watch, when, stop);
  if (!done) told.problems.push_back(done.error().what);
  return told;
}

}  // namespace

Told raise(const Plan& plan, const std::vector<RunReport>& runs, const std::atomic<bool>* stop) {
  return tell(plan, When::now, stop, [&](const Watch& watch) { return note(watch, runs); });
}

Told look(const Plan& plan, std::int64_t now_ms, const std::atomic<bool>* stop) {
  return tell(plan, When::due, stop, [&](const Watch& watch) {
    const auto looked_ms = read_memory(folder_of(plan)).looked_ms;
    const bool again = now_ms >= looked_ms + kLookEveryMs || now_ms < looked_ms;
    return again ? look_and_note(watch, now_ms, stop) : Status{};
  });
}

Told send(const Plan& plan, std::int64_t now_ms, const std::atomic<bool>* stop) {
  return tell(plan, When::now, stop,
              [&](const Watch& watch) { return look_and_note(watch, now_ms, stop); });
}

}  // namespace quarentena::alerts
