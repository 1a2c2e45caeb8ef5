#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/cron.h"
#include "base/error.h"
#include "config/schedule.h"

/// What is due: pure functions over what was written down, and the time. No clock is asked here.
namespace quarentena::schedule {

/// What became of a load's occurrence on one day; a later one of the same day takes its place.
struct DayRecord {
  std::int64_t at_ms = 0;                ///< of the occurrence
  int exit_code = 0;                     ///< of its last run
  int failures = 0;                      ///< runs in a row that failed for a passing reason
  std::optional<std::int64_t> again_ms;  ///< to be run again then; absent: it is done
  friend bool operator==(const DayRecord&, const DayRecord&) = default;
};

struct LoadRecord {
  std::int64_t since_ms = 0;  ///< when it was first seen: nothing before that was missed
  std::map<Date, DayRecord> days;
  friend bool operator==(const LoadRecord&, const LoadRecord&) = default;
};

/// By the load's name.
using Agenda = std::map<std::string, LoadRecord>;

struct DueRun {
  std::string load;
  Occurrence occurrence;  ///< its `day` is the data_carga
  friend bool operator==(const DueRun&, const DueRun&) = default;
};

struct Step {
  std::optional<DueRun> run;            ///< due now; of several the oldest day
  std::optional<std::int64_t> wake_ms;  ///< when the next thing is due after now; absent: never
};

/// Writes down loads that were not there before, and that were first seen by a clock that is put
/// back now. True when there were any.
bool enter_new_loads(Agenda& agenda, const Schedule& schedule, std::int64_t now_ms);

/// Due is each day's newest occurrence that is not done and not older than `catch_up`. Days are
/// told apart by what was written of them, not by how far a clock has come, so that a clock that
/// is wrong for a while neither repeats nor loses one.
Step next_step(const Schedule& schedule, const Agenda& agenda, std::int64_t now_ms);

/// How a run ended: its exit code (docs/cli.md), or the signal that killed it.
struct RunEnd {
  int exit_code = 0;
  int signal = 0;  ///< 0: none
};

/// Writes down how it ended, and when it is to be run again, if it is.
void record(Agenda& agenda, const Schedule& schedule, const DueRun& run, const RunEnd& end,
            std::int64_t now_ms);

/// Who may run a load, and what became of those before.
struct Standing {
  std::string writer;  ///< who wrote this
  std::string holder;  ///< whose lease it is; empty: nobody's
  std::string host;    ///< the holder's machine, for people
  Agenda agenda;
};

std::string to_json(const Standing& standing);
/// Error: data.
Result<Standing> standing_from_json(const std::string& text);

}  // namespace quarentena::schedule
