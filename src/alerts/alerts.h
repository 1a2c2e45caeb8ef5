#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "config/plan.h"
#include "run/report.h"

/// Who must know is told: once when something is wrong, once when it is over. What is wrong and
/// what is still to be sent are remembered in `<staging>/alerts/`, so a run that dies, or a server
/// that is down, loses nothing; docs/guides/alerts.md says what is promised. Nothing of a client is
/// ever in a message. A configuration without `alerts` makes every function here do nothing.
/// Each may be called from any process and thread at any time.
namespace quarentena::alerts {

/// What came of telling.
struct Told {
  int sent = 0;                       ///< messages that a channel took
  int waiting = 0;                    ///< notices that no channel has yet: the next call sends them
  std::vector<std::string> problems;  ///< why, a sentence a channel; no credential is in it
};

/// After runs, also those that failed or were found killed, in their order: opens and closes
/// incidents, and sends what is new in one message a channel. A dry run is nobody's business. Takes
/// at most about a minute a channel, when its server is stuck. `stop` may be null, here and below.
Told raise(const Plan& plan, const std::vector<RunReport>& runs,
           const std::atomic<bool>* stop = nullptr);

/// Between runs: is a source past its deadline, is the newest load too old, was a run killed? Sends
/// what waits and is due. Made to be called every minute: it looks at the table every five minutes
/// only, and asks a source at most once a day, after its deadline, when no run has loaded it.
Told look(const Plan& plan, std::int64_t now_ms, const std::atomic<bool>* stop = nullptr);

/// Looks, and sends what waits whether it is due or not.
Told send(const Plan& plan, std::int64_t now_ms, const std::atomic<bool>* stop = nullptr);

}  // namespace quarentena::alerts
