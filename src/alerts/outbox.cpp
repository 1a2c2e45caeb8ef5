#include "alerts/outbox.h"

#include <fmt/format.h>

#include <algorithm>

#include "alerts/channel.h"
#include "base/file_lock.h"
#include "net/retry.h"

namespace quarentena::alerts {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;
constexpr int kMostDoublings = 5;  // half an hour apart in the end
constexpr int kPatienceMs = 60'000;

bool wants(const Alerts::Channel& channel, const Notice& notice) {
  if (channel.on.count(notice.event) == 0) return false;
  return notice.event != Alerts::Event::recovered || channel.on.count(notice.over) > 0;
}

std::string id_of(const Outbox& outbox, std::int64_t now_ms) {
  return fmt::format("{}-{}", new_run_id(now_ms), outbox.waiting.size());
}

}  // namespace

std::filesystem::path folder_of(const Plan& plan) {
  return std::filesystem::path(plan.staging) / "alerts";
}

void enqueue(Memory& memory, const Alerts& alerts, const std::vector<Notice>& news) {
  for (const auto& channel : alerts.channels)
    for (const auto& notice : news)
      if (wants(channel, notice)) memory.outboxes[channel.name].waiting.push_back(notice);
}

std::optional<Message> next_message(Outbox& outbox, int per_hour, When when, std::int64_t now_ms) {
  std::erase_if(outbox.sent_ms, [&](std::int64_t at) { return at + kHourMs <= now_ms; });
  if (!outbox.message && outbox.waiting.empty()) return std::nullopt;
  if (outbox.sent_ms.size() >= static_cast<std::size_t>(per_hour)) return std::nullopt;
  if (!outbox.message) {
    const auto id = id_of(outbox, now_ms);
    outbox.message = Message{id, std::move(outbox.waiting), 0, 0, {}, false};
    outbox.waiting.clear();
  }
  auto& message = *outbox.message;
  const bool is_due = !message.refused && message.next_try_ms <= now_ms;
  return when == When::now || is_due ? outbox.message : std::nullopt;
}

void settle(Outbox& outbox, const Status& outcome, std::int64_t now_ms) {
  if (!outbox.message) return;
  if (outcome) {
    outbox.message.reset();
    outbox.sent_ms.push_back(now_ms);
    return;
  }
  auto& message = *outbox.message;
  message.error = outcome.error().what;
  message.refused =
      outcome.error().kind != ErrorKind::transient && outcome.error().kind != ErrorKind::machine;
  message.next_try_ms = now_ms + (kMinuteMs << std::min(message.tries, kMostDoublings));
  ++message.tries;
}

Told deliver(const Watch& watch, When when, const std::atomic<bool>* stop) {
  Told told;
  const auto folder = folder_of(watch.plan);
  const auto failed = [&](const Error& error) { told.problems.push_back(error.what); };
  const auto is_stopped = [&] { return stop && *stop; };
  std::error_code ignored;  // the lock tells
  std::filesystem::create_directories(folder, ignored);
  const auto sending = FileLock::hold(folder / "sending", when == When::due ? 0 : kPatienceMs);
  if (!sending) {
    failed(sending.error());
    return told;
  }
  // Whoever sends for so long sends ours, too, when they come to it, or the next call does.
  if (!*sending) return told;
  for (const auto& channel : watch.alerts.channels) {
    for (bool again = true; again && !is_stopped();) {
      std::optional<Message> message;
      auto kept = change_memory(folder, [&](Memory& memory) {
        message =
            next_message(memory.outboxes[channel.name], watch.alerts.per_hour, when, now_ms());
      });
      if (!kept) failed(kept.error());
      if (!kept || !message) break;
      const auto sent = send_by(channel, *message, watch.plan.table, stop);
      if (!sent && is_stopped()) break;  // which is not its server's doing
      kept = change_memory(
          folder, [&](Memory& memory) { settle(memory.outboxes[channel.name], sent, now_ms()); });
      if (!kept) failed(kept.error());
      if (!sent)
        told.problems.push_back(
            fmt::format("channel {}: {}{}", channel.name, sent.error().what,
                        sent.error().hint.empty() ? "" : " (" + sent.error().hint + ")"));
      told.sent += sent ? 1 : 0;
      again = sent && kept;
    }
  }
  for (const auto& [name, outbox] : read_memory(folder).outboxes)
    told.waiting += static_cast<int>(outbox.waiting.size() +
                                     (outbox.message ? outbox.message->notices.size() : 0));
  return told;
}

}  // namespace quarentena::alerts
