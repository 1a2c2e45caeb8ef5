#pragma once

#include <atomic>
#include <string>

#include "alerts/memory.h"
#include "base/error.h"

namespace quarentena::alerts {

/// Sends the message by the channel's way. Tries again what is transient, briefly; what is left is
/// for the outbox. Errors: auth, config (refused: another try is no use), transient, machine. No
/// credential is in them, nor the path of a webhook, which is one.
Status send_by(const Alerts::Channel& channel, const Message& message, const std::string& table,
               const std::atomic<bool>* stop);

}  // namespace quarentena::alerts
