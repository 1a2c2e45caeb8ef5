#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/alerts.h"
#include "config/plan.h"

/// For people who look after the alerts.
namespace quarentena::alerts {

struct TriedChannel {
  std::string channel;
  std::string way;  ///< "webhook, slack", "e-mail"
  std::int64_t took_ms = 0;
  Status outcome;
};

/// Sends a message that says it is a test to every channel, whatever it is told of, past the
/// outbox.
std::vector<TriedChannel> test_channels(const Plan& plan, const Alerts& alerts,
                                        const std::atomic<bool>* stop);

struct OpenIncident {
  std::string id, event, what;
  std::int64_t since_ms = 0;
};
struct WaitingNotices {
  std::string channel;
  int notices = 0;
  std::string error;  ///< of the last try; empty: none was made, or the rate holds them back
};
struct AlertState {
  std::vector<OpenIncident> open;
  std::vector<WaitingNotices> waiting;  ///< channels without any are left out
};
AlertState inspect(const Plan& plan);
std::string to_json(const AlertState& state);

}  // namespace quarentena::alerts
