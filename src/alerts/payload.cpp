#include "alerts/payload.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace quarentena::alerts {
namespace {

using Json = nlohmann::ordered_json;
using Event = Alerts::Event;

/// The most urgent first.
constexpr std::array kOrder = {Event::held, Event::failed,   Event::stale,
                               Event::late, Event::degraded, Event::recovered};
/// Slack and Teams refuse what is too long.
constexpr std::size_t kMostShown = 15;
constexpr std::size_t kLongestSubject = 160;
constexpr std::size_t kLongestPart = 2'900;

std::string at_most(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
  return text.substr(0, bytes) + "...";
}

std::vector<const Notice*> urgent_first(const Message& message) {
  std::vector<const Notice*> out;
  for (const Event event : kOrder)
    for (const auto& notice : message.notices)
      if (notice.event == event) out.push_back(&notice);
  return out;
}

std::string rest_of(std::size_t count) {
  return count > kMostShown
             ? fmt::format("and {} more: `quarentena alerts list`, `runs list`", count - kMostShown)
             : std::string();
}

Json json_of(const Notice& notice) {
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? Json() : Json(text);
  };
  return {{"event", name(notice.event)},
          {"over", notice.event == Event::recovered ? Json(name(notice.over)) : Json()},
          {"incident", notice.incident},
          {"at", utc_iso(notice.at_ms)},
          {"data_carga", notice.data_carga.iso()},
          {"source", text_or_null(notice.source)},
          {"run_id", text_or_null(notice.run_id)},
          {"what", notice.what},
          {"means", notice.means},
          {"next", notice.next}};
}

Json generic_body(const Message& message, const std::string& table) {
  Json notices = Json::array();
  for (const auto* notice : urgent_first(message)) notices.push_back(json_of(*notice));
  return {{"schema", "quarentena/alert/1"},
          {"id", message.id},
          {"table", table},
          {"subject", subject_of(message)},
          {"notices", std::move(notices)}};
}

/// https://api.slack.com/reference/surfaces/formatting#escaping
std::string for_slack(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

std::string slack_text(const Notice& notice) {
  auto text = fmt::format("*{}*: {}\n_{}_", name(notice.event), for_slack(notice.what),
                          for_slack(notice.means));
  for (const auto& next : notice.next) text += "\n• " + for_slack(next);
  return at_most(std::move(text), kLongestPart);
}

Json slack_body(const Message& message, const std::string& table) {
  Json blocks = Json::array();
  const auto section = [&](const std::string& text) {
    blocks.push_back({{"type", "section"}, {"text", {{"type", "mrkdwn"}, {"text", text}}}});
  };
  const auto notices = urgent_first(message);
  for (std::size_t i = 0; i < std::min(notices.size(), kMostShown); ++i)
    section(slack_text(*notices[i]));
  if (const auto rest = rest_of(notices.size()); !rest.empty()) section(rest);
  blocks.push_back(
      {{"type", "context"},
       {"elements",
        Json::array({{{"type", "mrkdwn"},
                      {"text", for_slack(fmt::format("{} · {}", table, message.id))}}})}});
  return {{"text", for_slack(subject_of(message))}, {"blocks", std::move(blocks)}};
}

Json teams_line(const std::string& text, const Json& more) {
  Json block = {{"type", "TextBlock"}, {"text", at_most(text, kLongestPart)}, {"wrap", true}};
  block.update(more);
  return block;
}

Json teams_body(const Message& message, const std::string& table) {
  Json body = Json::array();
  body.push_back(teams_line(subject_of(message), {{"weight", "Bolder"}, {"size", "Medium"}}));
  const auto notices = urgent_first(message);
  for (std::size_t i = 0; i < std::min(notices.size(), kMostShown); ++i) {
    const auto& notice = *notices[i];
    body.push_back(teams_line(fmt::format("{}: {}", name(notice.event), notice.what),
                              {{"weight", "Bolder"}, {"separator", true}}));
    body.push_back(teams_line(notice.means, Json::object()));
    std::string next;
    for (const auto& each : notice.next) next += "- " + each + "\n";
    if (!next.empty()) body.push_back(teams_line(next, Json::object()));
  }
  if (const auto rest = rest_of(notices.size()); !rest.empty())
    body.push_back(teams_line(rest, Json::object()));
  body.push_back(teams_line(fmt::format("{} · {}", table, message.id),
                            {{"isSubtle", true}, {"size", "Small"}}));
  const Json card = {{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
                     {"type", "AdaptiveCard"},
                     {"version", "1.4"},
                     {"body", std::move(body)}};
  return {{"type", "message"},
          {"attachments", Json::array({{{"contentType", "application/vnd.microsoft.card.adaptive"},
                                        {"content", card}}})}};
}

}  // namespace

std::string subject_of(const Message& message) {
  const auto notices = urgent_first(message);
  if (notices.size() == 1)
    return at_most(fmt::format("quarentena: {}: {}", name(notices[0]->event), notices[0]->what),
                   kLongestSubject);
  std::vector<std::string> counts;
  for (const Event event : kOrder) {
    const auto count = std::count_if(notices.begin(), notices.end(),
                                     [&](const auto* notice) { return notice->event == event; });
    if (count > 0) counts.push_back(fmt::format("{} {}", count, name(event)));
  }
  return fmt::format("quarentena: {}", fmt::join(counts, ", "));
}

std::string text_of(const Message& message, const std::string& table) {
  std::string text;
  for (const auto* notice : urgent_first(message)) {
    text += fmt::format("{}: {}\n\n{}\n", name(notice->event), notice->what, notice->means);
    for (const auto& next : notice->next) text += fmt::format("- {}\n", next);
    if (!notice->run_id.empty()) text += fmt::format("\nrun {}\n", notice->run_id);
    text += fmt::format("incident {}, {}\n\n\n", notice->incident, utc_iso(notice->at_ms));
  }
  return text + fmt::format("table {}\nmessage {}\n", table, message.id);
}

std::string webhook_body(Alerts::Webhook::Shape shape, const Message& message,
                         const std::string& table) {
  const auto body = shape == Alerts::Webhook::Shape::slack   ? slack_body(message, table)
                    : shape == Alerts::Webhook::Shape::teams ? teams_body(message, table)
                                                             : generic_body(message, table);
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace quarentena::alerts
