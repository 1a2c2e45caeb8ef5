#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "alerts/alerts.h"
#include "alerts/memory.h"

/// From what waits to what was sent. Internal to src/alerts.
namespace quarentena::alerts {

enum class When {
  due,  ///< not before a failed message's next try
  now,  ///< whether that has come or not
};

/// Puts the news into the outbox of every channel that wants them. A recovery is for those that
/// were told what is over.
void enqueue(Memory& memory, const Alerts& alerts, const std::vector<Notice>& news);

/// The message to try next, which stays the outbox's first until settle(); nullopt: nothing waits,
/// it is not due, or the channel has had `per_hour`.
std::optional<Message> next_message(Outbox& outbox, int per_hour, When when, std::int64_t now_ms);

/// What came of trying it.
void settle(Outbox& outbox, const Status& outcome, std::int64_t now_ms);

/// A configuration, and who it says is told.
struct Watch {
  const Plan& plan;
  const Alerts& alerts;
};

/// Sends what waits, channel by channel, one process at a time.
Told deliver(const Watch& watch, When when, const std::atomic<bool>* stop);

/// `<staging>/alerts`.
std::filesystem::path folder_of(const Plan& plan);

}  // namespace quarentena::alerts
