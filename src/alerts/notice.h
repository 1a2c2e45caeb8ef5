#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/date.h"
#include "config/alerts.h"
#include "config/plan.h"
#include "run/report.h"

/// What is told. Every word is made from names of the configuration, counts, dates and statuses,
/// and from errors that speak of servers and files; nothing that a delivery holds comes in, for
/// that may be a client's. Internal to src/alerts.
namespace quarentena::alerts {

/// One thing that happened.
struct Notice {
  Alerts::Event event = Alerts::Event::failed;
  Alerts::Event over = Alerts::Event::failed;  ///< with recovered: of what
  std::string incident;                        ///< its id: opening and recovery share it
  std::int64_t at_ms = 0;
  Date data_carga;
  std::string source;             ///< empty: of no one source
  std::string run_id;             ///< empty: between runs
  std::string what;               ///< happened; one line
  std::string means;              ///< for campaigns
  std::vector<std::string> next;  ///< what to do: sentences, or commands in backticks
};

Notice held_notice(const Plan& plan, const RunReport& run);
/// Of an error, or of a run that was killed.
Notice failed_notice(const Plan& plan, const RunReport& run);
Notice degraded_notice(const Plan& plan, const RunReport& run, const SourceReport& source);
/// `came`: missing when it is not there, late when what is there is of another day.
Notice late_notice(const Plan& plan, const Source& source, Date day, SourceStatus came);
Notice stale_notice(const Plan& plan, Date newest, std::int64_t loaded_ms, std::int64_t now_ms);

/// As far as is known: of a run that was killed, when it began.
std::int64_t ended_ms(const RunReport& run);

/// "quarentena run --data-carga 2024-05-28 -c '/etc/quarentena.yml'": `verb` for this
/// configuration.
std::string command(const Plan& plan, const std::string& verb);

}  // namespace quarentena::alerts
