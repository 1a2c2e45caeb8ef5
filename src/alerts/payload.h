#pragma once

#include <string>
#include <string_view>

#include "alerts/memory.h"

/// A message as its receivers want it. Pure. Internal to src/alerts.
namespace quarentena::alerts {

/// One line: "quarentena: held: 2024-05-28 is held: ...", "quarentena: 1 failed, 2 degraded".
std::string subject_of(const Message& message);

/// For people, as plain text.
std::string text_of(const Message& message, const std::string& table);

/// The JSON to post; `generic` is documented in docs/guides/alerts.md, the others are what Slack's
/// incoming webhooks and Teams' workflows take.
std::string webhook_body(Alerts::Webhook::Shape shape, const Message& message,
                         const std::string& table);

}  // namespace quarentena::alerts
