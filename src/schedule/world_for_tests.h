#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "schedule/daemon.h"

/// For tests only: a world whose clock goes as fast as it is asked to, and a journal that stays
/// when its daemon is killed.
namespace quarentena::schedule::testing {

struct Killed {};  ///< thrown: SIGKILL came

/// What is kept: the journal's files. `before_write` and `after_write` see each of its changes.
struct Disk {
  std::map<std::string, std::string> files;
  std::function<void()> before_write = [] {};
  std::function<void()> after_write = [] {};
  bool away = false;  ///< the store does not answer
};

class DiskPlace final : public JournalPlace {
 public:
  explicit DiskPlace(Disk& disk) : disk_(disk) {}
  std::string name() const override { return "the disk"; }
  Result<std::vector<std::string>> list() override {
    if (disk_.away) return fail(ErrorKind::transient, "the disk is away");
    std::vector<std::string> out;
    for (const auto& [name, text] : disk_.files) out.push_back(name);
    return out;
  }
  Result<std::optional<std::string>> read(const std::string& name) override {
    if (disk_.away) return fail(ErrorKind::transient, "the disk is away");
    const auto found = disk_.files.find(name);
    return found == disk_.files.end() ? std::nullopt : std::optional(found->second);
  }
  Result<PutNew> add(const std::string& name, const std::string& text) override {
    if (disk_.away) return fail(ErrorKind::transient, "the disk is away");
    disk_.before_write();
    if (!disk_.files.emplace(name, text).second) return PutNew::taken;
    disk_.after_write();
    return PutNew::done;
  }
  Status remove(const std::string& name) override {
    disk_.before_write();
    disk_.files.erase(name);
    disk_.after_write();
    return {};
  }

 private:
  Disk& disk_;
};

inline std::unique_ptr<JournalPlace> place_on(Disk& disk) {
  return std::make_unique<DiskPlace>(disk);
}

struct Begun {
  DueRun run;
  std::int64_t at_ms = 0;
  bool ended = false;
};

class FakeWorld final : public World {
 public:
  explicit FakeWorld(std::int64_t now_ms) : now_ms_(now_ms) {}

  // What the test says.
  std::function<RunEnd(const DueRun&)> ends = [](const DueRun&) { return RunEnd{}; };
  std::int64_t takes_ms = 120'000;
  bool child_obeys = true;  ///< ends when it is asked to
  std::function<std::int64_t(std::int64_t)> oversleep = [](std::int64_t ms) { return ms; };
  std::function<void()> passing = [] {};  ///< called in each sleep, after time has passed
  std::int64_t stop_at_ms = INT64_MAX;    ///< on steady_ms(): SIGTERM, in each sleep from then on
  // What the test sees.
  std::vector<Begun> begun;
  std::vector<std::string> lines;
  int asked_to_end = 0, killed = 0, looked_around = 0;

  void put_clock(std::int64_t by_ms) { now_ms_ += by_ms; }
  void child_dies_with_its_parent() { child_left_ms_ = -1; }

  std::int64_t now_ms() override { return now_ms_; }
  std::int64_t steady_ms() override { return steady_ms_; }
  Woken sleep(std::int64_t ms) override {
    const bool child = child_left_ms_ >= 0;
    const auto slept = child ? std::min(ms, child_left_ms_) : oversleep(ms);
    now_ms_ += slept;
    steady_ms_ += slept;
    if (child) child_left_ms_ -= slept;
    passing();
    if (child && child_left_ms_ == 0) {
      child_left_ms_ = -1;
      return Woken::by_child;
    }
    return steady_ms_ >= stop_at_ms ? Woken::by_stop : Woken::by_time;
  }
  Status start(const DueRun& run) override {
    begun.push_back({run, now_ms_});
    end_ = ends(run);
    child_left_ms_ = takes_ms;
    return {};
  }
  void ask_child_to_end() override {
    ++asked_to_end;
    if (!child_obeys) return;
    end_ = {2, 0};
    child_left_ms_ = std::min<std::int64_t>(child_left_ms_, 1'000);
  }
  void kill_child() override {
    ++killed;
    end_ = {0, 9};
    child_left_ms_ = 0;
  }
  RunEnd child_ended() override {
    begun.back().ended = true;
    return end_;
  }
  void tell(const std::string& line) override { lines.push_back(line); }
  void look_around() override { ++looked_around; }

 private:
  std::int64_t now_ms_;
  std::int64_t steady_ms_ = 5'000'000;
  std::int64_t child_left_ms_ = -1;
  RunEnd end_;
};

inline Schedule daily(const std::string& cron = "0 6 * * *",
                      const std::string& zone = "America/Sao_Paulo") {
  Schedule schedule;
  schedule.loads.push_back({"diaria", *Cron::parse(cron, zone), {}, {}});
  return schedule;
}

inline std::int64_t ms(const std::string& utc) { return *parse_timestamp_ms(utc, "UTC"); }

}  // namespace quarentena::schedule::testing
