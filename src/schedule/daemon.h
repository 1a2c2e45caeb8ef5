#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "config/schedule.h"
#include "schedule/agenda.h"
#include "schedule/journal.h"

namespace quarentena::schedule {

/// What the daemon sees of the world and does in it; tests have one of their own.
class World {
 public:
  enum class Woken { by_time, by_stop, by_child };

  virtual ~World() = default;
  virtual std::int64_t now_ms() = 0;     ///< the clock on the wall, which may be put anywhere
  virtual std::int64_t steady_ms() = 0;  ///< only goes forward
  /// Sleeps at most so long. `by_stop`: somebody asked us to end, each time they do.
  virtual Woken sleep(std::int64_t ms) = 0;

  /// Starts `quarentena run` for it. One child at a time; it ends with us, however we end.
  virtual Status start(const DueRun& run) = 0;
  virtual void ask_child_to_end() = 0;
  virtual void kill_child() = 0;
  /// After sleep() was woken by_child.
  virtual RunEnd child_ended() = 0;

  virtual void tell(const std::string& line) = 0;  ///< one line, for the operator
  /// At the start and about once a minute while no load runs: what else is to be looked at (late
  /// sources, a table that is too old). Returns at once; nothing of it is waited for.
  virtual void look_around() {}
};

/// Who one daemon is among those that share a journal.
struct Identity {
  std::string id;    ///< of this process alone
  std::string host;  ///< for people
};

/// Begins what is due, one load at a time over all machines that share the journal. The newest
/// entry names who holds the lease; the holder adds one every third of the lease while its load
/// runs, and one that neither names a holder nor is followed ends it. A holder whose entry stays
/// the newest for a whole lease, on the clock of whoever waits, is dead: the next one goes on.
/// What became of a load is in the same entries, so who lost the lease cannot write it.
class Daemon {
 public:
  Daemon(const Schedule& schedule, Journal& journal, World& world, Identity self)
      : schedule_(schedule), journal_(journal), world_(world), self_(std::move(self)) {}

  /// Until it is asked to end. What the journal's place refuses is told and asked again, so that
  /// a store that is away for a night ends nothing; errors are those of the first look.
  Status run();

 private:
  /// Of what the journal says; the newest entry that we know.
  struct Known {
    std::int64_t number = 0;  ///< 0: the journal is empty
    Standing standing;
    std::int64_t since_steady_ms = 0;  ///< when we saw it first
  };
  enum class Lease { ours, lost };

  Status look();
  Status turn();
  Status load(const DueRun& run, const Agenda& agenda);
  Lease watch_child(const std::string& label);
  void stop_child();
  void write_down(const DueRun& run, const RunEnd& end);
  Result<PutNew> write(const std::string& holder, Agenda agenda);
  std::int64_t held_by_other_for_ms() const;
  void idle(const Step& step);
  void look_around();
  World::Woken sleep(std::int64_t ms);
  void tell_end(const DueRun& run, const RunEnd& end, const Agenda& agenda);

  const Schedule& schedule_;
  Journal& journal_;
  World& world_;
  const Identity self_;
  Known known_;
  std::optional<std::int64_t> looked_around_ms_;
  int stops_ = 0;
};

}  // namespace quarentena::schedule
