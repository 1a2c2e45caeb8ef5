#include "alerts/inspect.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "alerts/channel.h"
#include "alerts/outbox.h"

namespace quarentena::alerts {
namespace {

std::string way_of(const Alerts::Channel& channel) {
  const auto* webhook = std::get_if<Alerts::Webhook>(&channel.way);
  if (webhook == nullptr) return "e-mail";
  switch (webhook->shape) {
    case Alerts::Webhook::Shape::slack:
      return "webhook, slack";
    case Alerts::Webhook::Shape::teams:
      return "webhook, teams";
    case Alerts::Webhook::Shape::generic:
      break;
  }
  return "webhook";
}

Message test_message(const Plan& plan) {
  Notice notice;
  notice.event = Alerts::Event::recovered;
  notice.over = Alerts::Event::failed;
  notice.at_ms = now_ms();
  notice.data_carga = today_in(plan.timezone);
  notice.incident = "test";
  notice.what = "this is a test: alerts of this table arrive here";
  notice.means = "Nothing happened.";
  return {new_run_id(notice.at_ms), {notice}, 0, 0, {}, false};
}

}  // namespace

std::vector<TriedChannel> test_channels(const Plan& plan, const Alerts& alerts,
                                        const std::atomic<bool>* stop) {
  std::vector<TriedChannel> out;
  for (const auto& channel : alerts.channels) {
    const auto since = std::chrono::steady_clock::now();
    auto outcome = send_by(channel, test_message(plan), plan.table, stop);
    const auto took = std::chrono::steady_clock::now() - since;
    out.push_back({channel.name, way_of(channel),
                   std::chrono::duration_cast<std::chrono::milliseconds>(took).count(),
                   std::move(outcome)});
  }
  return out;
}

AlertState inspect(const Plan& plan) {
  AlertState state;
  const auto memory = read_memory(folder_of(plan));
  for (const auto& [key, incident] : memory.incidents.open)
    state.open.push_back({incident.id, name(incident.event), incident.what, incident.since_ms});
  for (const auto& [channel, outbox] : memory.outboxes) {
    const auto tried = outbox.message ? outbox.message->notices.size() : 0;
    const auto count = static_cast<int>(outbox.waiting.size() + tried);
    if (count > 0)
      state.waiting.push_back({channel, count, outbox.message ? outbox.message->error : ""});
  }
  return state;
}

std::string to_json(const AlertState& state) {
  using Json = nlohmann::ordered_json;
  Json open = Json::array(), waiting = Json::array();
  for (const auto& one : state.open)
    open.push_back({{"incident", one.id},
                    {"event", one.event},
                    {"since", utc_iso(one.since_ms)},
                    {"what", one.what}});
  for (const auto& one : state.waiting)
    waiting.push_back({{"channel", one.channel}, {"notices", one.notices}, {"error", one.error}});
  const Json out = {{"open", std::move(open)}, {"waiting", std::move(waiting)}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace quarentena::alerts
