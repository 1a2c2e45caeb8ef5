#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "lookup/lookup.h"
#include "serve/current.h"
#include "table/table.h"

namespace quarentena::serve {

/// The indexes of past days that were asked for; a few are kept. Safe from any thread.
class PastDays {
 public:
  std::optional<OpenedIndex> find(Date day) const;
  void keep(Date day, OpenedIndex opened);

 private:
  mutable std::mutex mutex_;
  std::map<Date, OpenedIndex> days_;
};

/// What questions are answered from until something changes: never changed once made.
struct Published {
  std::shared_ptr<const Plan> plan;
  std::shared_ptr<const Index> index;  ///< of the newest load; null: there is none
  Unknown why = Unknown::no_table;     ///< of every answer about today; none: ask the index
  Date today;
  std::int64_t looked_ms = 0;      ///< when the table was last read with success
  std::int64_t failures = 0;       ///< to read it, since then
  std::string runs;                ///< run_metrics() of this machine's staging
  std::shared_ptr<PastDays> past;  ///< of this version of the table
};

/// The index of the load of `on`, of the newest one without. Errors: open_index()'s.
/// `threads` that build it when nobody did; 0: as many as the machine has.
Result<OpenedIndex> open_published(const Plan& plan, std::optional<Date> on, int threads,
                                   const std::atomic<bool>* stop);

/// Keeps a Published up to date. Used by one thread.
class Refresher {
 public:
  Refresher(Current<Published>& current, const std::atomic<bool>* stop)
      : current_(current), stop_(stop) {}

  /// Another configuration; look_at_table() comes next.
  void use(std::shared_ptr<const Plan> plan);
  /// Looks whether there is a new version, and opens it. An error leaves what was there.
  Status look_at_table();
  /// The day may have changed, and the load become stale. Cheap.
  void look_at_clock();

 private:
  void publish(Published next);

  Current<Published>& current_;
  const std::atomic<bool>* stop_;
  Published state_;
};

}  // namespace quarentena::serve
