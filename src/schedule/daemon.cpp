#include "schedule/daemon.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace quarentena::schedule {
namespace {

constexpr std::int64_t kLookAroundMs = 60'000;
constexpr std::int64_t kAfterErrorMs = 30'000;
constexpr std::int64_t kDriftMs = 1'000;

constexpr int kDone = 0, kDegraded = 3, kHeld = 4;

bool published_or_held(const RunEnd& end) {
  return end.signal == 0 &&
         (end.exit_code == kDone || end.exit_code == kDegraded || end.exit_code == kHeld);
}

std::string label_of(const DueRun& run) {
  return fmt::format("{} {}", run.load, run.occurrence.day.iso());
}

std::string told(const Error& error) {
  return error.hint.empty() ? error.what : fmt::format("{} ({})", error.what, error.hint);
}

/// Another machine may have a newer version of us, or the place is not ours: no waiting helps.
bool is_final(const Error& error) {
  return error.kind != ErrorKind::transient && error.kind != ErrorKind::machine;
}

}  // namespace

Status Daemon::run() {
  if (auto first = look(); !first && is_final(first.error())) return first;
  const auto loads = schedule_.loads.size();
  world_.tell(fmt::format("ready: {} load{}; machines meet in {}", loads, loads == 1 ? "" : "s",
                          journal_.name()));
  while (stops_ == 0) {
    if (const auto done = turn(); !done) {
      world_.tell(told(done.error()));
      sleep(kAfterErrorMs);
    }
  }
  return {};
}

/// The journal is only asked when something is due: an idle daemon costs its place nothing.
Status Daemon::turn() {
  auto agenda = known_.standing.agenda;
  const auto entered = enter_new_loads(agenda, schedule_, world_.now_ms());
  const auto guess = next_step(schedule_, agenda, world_.now_ms());
  if (!guess.run && !entered) {
    idle(guess);
    return {};
  }
  TRY_STATUS(look());
  agenda = known_.standing.agenda;
  const auto now_ms = world_.now_ms();
  const auto to_enter = enter_new_loads(agenda, schedule_, now_ms);
  const auto step = next_step(schedule_, agenda, now_ms);
  if (!step.run && !to_enter) return {};
  if (const auto held_ms = held_by_other_for_ms(); held_ms > 0) {
    sleep(std::min(held_ms, schedule_.lease_ms / 3));
    return {};
  }
  if (step.run) return load(*step.run, agenda);
  TRY_STATUS(write({}, std::move(agenda)));
  return {};
}

Status Daemon::look() {
  TRY_ASSIGN(const auto newest, journal_.newest());
  if (!newest || newest->number == known_.number) return {};
  auto standing = standing_from_json(newest->text);
  if (!standing) {
    standing.error().what =
        fmt::format("{}, entry {}: {}", journal_.name(), newest->number, standing.error().what);
    return fail_with(std::move(standing));
  }
  known_ = {newest->number, std::move(*standing), world_.steady_ms()};
  return {};
}

/// How much longer at most; 0: nobody else's.
std::int64_t Daemon::held_by_other_for_ms() const {
  const auto& holder = known_.standing.holder;
  if (holder.empty() || holder == self_.id) return 0;
  const auto silent_ms = world_.steady_ms() - known_.since_steady_ms;
  return std::max<std::int64_t>(0, schedule_.lease_ms - silent_ms);
}

Result<PutNew> Daemon::write(const std::string& holder, Agenda agenda) {
  Standing standing{self_.id, holder, self_.host, std::move(agenda)};
  const auto number = known_.number + 1;
  TRY_ASSIGN(const PutNew added, journal_.add({number, to_json(standing)}));
  if (added == PutNew::done) known_ = {number, std::move(standing), world_.steady_ms()};
  return added;
}

Status Daemon::load(const DueRun& run, const Agenda& agenda) {
  if (!known_.standing.holder.empty() && known_.standing.holder != self_.id)
    world_.tell(fmt::format("{} fell silent; its lease is over", known_.standing.host));
  TRY_ASSIGN(const PutNew added, write(self_.id, agenda));
  if (added == PutNew::taken) return {};
  world_.tell(fmt::format("{}: begins (due at {})", label_of(run),
                          utc_iso(run.occurrence.at_ms).substr(0, 19) + "Z"));
  TRY_STATUS(world_.start(run));
  const auto lease = watch_child(label_of(run));
  const auto end = world_.child_ended();
  if (lease == Lease::ours) write_down(run, end);
  return {};
}

/// Until it ended. Without the lease another machine may begin the same load, so the child goes
/// while the lease still holds them back.
Daemon::Lease Daemon::watch_child(const std::string& label) {
  const auto third_ms = schedule_.lease_ms / 3;
  auto renewed_ms = world_.steady_ms();
  auto lease = Lease::ours;
  while (true) {
    const auto until_ms = renewed_ms + (lease == Lease::ours ? third_ms : schedule_.lease_ms);
    const auto woken = sleep(std::max(until_ms - world_.steady_ms(), schedule_.lease_ms / 10));
    if (woken == World::Woken::by_child) return lease;
    if (woken == World::Woken::by_stop) stop_child();
    const auto silent_ms = world_.steady_ms() - renewed_ms;
    if (lease == Lease::lost && silent_ms >= schedule_.lease_ms) world_.kill_child();
    if (lease == Lease::lost || silent_ms < third_ms) continue;
    const auto added = write(self_.id, known_.standing.agenda);
    if (added && *added == PutNew::done) {
      renewed_ms = known_.since_steady_ms;
    } else if (added || world_.steady_ms() - renewed_ms >= 2 * third_ms) {
      world_.tell(fmt::format("{}: the lease is lost ({}); the load is stopped", label,
                              added ? "another machine took it" : told(added.error())));
      world_.ask_child_to_end();
      lease = Lease::lost;
    }
  }
}

void Daemon::stop_child() {
  if (stops_ == 1)
    world_.ask_child_to_end();
  else
    world_.kill_child();
}

/// Ends the lease as well. What was done must be known before anything else is begun.
void Daemon::write_down(const DueRun& run, const RunEnd& end) {
  auto agenda = known_.standing.agenda;
  const bool by_us = stops_ > 0 && !published_or_held(end);
  if (!by_us) record(agenda, schedule_, run, end, world_.now_ms());
  tell_end(run, end, agenda);
  while (true) {
    const auto added = write({}, agenda);
    if (added && *added == PutNew::taken)
      world_.tell(fmt::format("{}: another machine took the lease meanwhile", label_of(run)));
    if (added) return;
    world_.tell(told(added.error()));
    if (stops_ > 0) return;
    sleep(schedule_.lease_ms / 3);
  }
}

void Daemon::tell_end(const DueRun& run, const RunEnd& end, const Agenda& agenda) {
  const auto how = end.signal != 0 ? fmt::format("killed by signal {}", end.signal)
                                   : fmt::format("exit code {}", end.exit_code);
  const auto load = agenda.find(run.load);
  if (stops_ > 0 && !published_or_held(end)) {
    world_.tell(fmt::format("{}: stopped ({}); it is due again", label_of(run), how));
    return;
  }
  const auto day = load->second.days.find(run.occurrence.day);
  const auto again = day == load->second.days.end() ? std::nullopt : day->second.again_ms;
  world_.tell(fmt::format("{}: {}{}", label_of(run), how,
                          again ? "; again at " + utc_iso(*again).substr(0, 19) + "Z" : ""));
}

/// Until the next thing is due. What is due is looked for anew when the clock on the wall was put,
/// or the machine slept.
void Daemon::idle(const Step& step) {
  const auto drift_ms = [&] { return world_.now_ms() - world_.steady_ms(); };
  const auto at_first_ms = drift_ms();
  while (stops_ == 0) {
    const auto now_ms = world_.now_ms();
    const auto left_ms = step.wake_ms.value_or(now_ms + kLookAroundMs) - now_ms;
    if (left_ms <= 0 || std::abs(drift_ms() - at_first_ms) > kDriftMs) return;
    look_around();
    sleep(std::min(left_ms, kLookAroundMs));
  }
}

void Daemon::look_around() {
  const auto now_ms = world_.steady_ms();
  if (looked_around_ms_ && now_ms - *looked_around_ms_ < kLookAroundMs) return;
  looked_around_ms_ = now_ms;
  world_.look_around();
}

World::Woken Daemon::sleep(std::int64_t ms) {
  const auto woken = world_.sleep(ms);
  if (woken == World::Woken::by_stop) ++stops_;
  return woken;
}

}  // namespace quarentena::schedule
