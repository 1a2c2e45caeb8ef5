#include "config/alerts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/accepted_file.h"
#include "config/alerts_reader.h"
#include "config/auth.h"
#include "config/check.h"

namespace quarentena {
namespace {

using yaml::Entry;
using yaml::Node;

constexpr std::array<const char*, Alerts::kEvents> kEventNames = {"held", "failed", "degraded",
                                                                  "late", "stale",  "recovered"};

/// A name that can stand in a header and in an SMTP command as it is.
bool is_mail_address(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos &&
         text.find_first_of(" \t\r\n<>,;:\"\\()[]") == std::string_view::npos;
}

class ChannelReader {
 public:
  ChannelReader(const Entry& entry, const std::filesystem::path& folder,
                std::vector<Problem>& problems)
      : entry_(entry), folder_(folder), problems_(problems) {}

  Alerts::Channel read() {
    Alerts::Channel channel;
    channel.name = entry_.key;
    const Node* webhook = child(entry_.value, "webhook", Node::Kind::map);
    const Node* email = child(entry_.value, "email", Node::Kind::map);
    if ((entry_.value.find("webhook") == nullptr) == (entry_.value.find("email") == nullptr))
      add(entry_.at,
          fmt::format("channel {} takes exactly one of 'webhook' and 'email'",
                      in_quotes(entry_.key)),
          "give each a channel of its own");
    if (webhook != nullptr) channel.way = read_webhook(*webhook);
    if (email != nullptr) channel.way = read_email(*email);
    channel.on = read_events();
    return channel;
  }

 private:
  static const Node* text(const Node& map, const char* key) {
    return yaml::child(map, key, Node::Kind::text);
  }
  static std::string text_or_nothing(const Node& map, const char* key) {
    const Node* node = text(map, key);
    return node != nullptr ? node->scalar : std::string();
  }

  void add(Position at, std::string message, std::string hint) {
    problems_.push_back({at, std::move(message), std::move(hint), {}});
  }

  std::filesystem::path path(const Node& map, const char* key) const {
    const Node* node = text(map, key);
    return node != nullptr ? (folder_ / node->scalar).lexically_normal() : std::filesystem::path();
  }

  Alerts::Webhook read_webhook(const Node& map) {
    Alerts::Webhook webhook;
    check_references(map, keys::webhook(), problems_);
    webhook.url = text_or_nothing(map, "url");
    webhook.token = text_or_nothing(map, "token");
    webhook.ca_file = path(map, "ca_file");
    const auto shape = text_or_nothing(map, "shape");
    if (shape == "slack") webhook.shape = Alerts::Webhook::Shape::slack;
    if (shape == "teams") webhook.shape = Alerts::Webhook::Shape::teams;
    return webhook;
  }

  Alerts::Email read_email(const Node& map) {
    Alerts::Email email;
    check_references(map, keys::email(), problems_);
    email.server = text_or_nothing(map, "server");
    email.user = text_or_nothing(map, "user");
    email.password = text_or_nothing(map, "password");
    email.ca_file = path(map, "ca_file");
    if (text_or_nothing(map, "starttls") == "off") email.starttls = Alerts::Email::Starttls::off;
    if (const Node* from = text(map, "from")) email.from = read_address(*from);
    if (const Node* to = map.find("to")) {
      const std::vector<Node> one{*to};
      for (const Node& each : to->kind == Node::Kind::list ? to->items : one)
        if (each.kind == Node::Kind::text) email.to.push_back(read_address(each));
    }
    check_server(map, email);
    return email;
  }

  std::string read_address(const Node& node) {
    if (!is_mail_address(node.scalar))
      add(node.at, fmt::format("{} is not an e-mail address", in_quotes(node.scalar)),
          "write it bare, without a name: dados@exemplo.com.br");
    return node.scalar;
  }

  void check_server(const Node& map, const Alerts::Email& email) {
    const Node* server = text(map, "server");
    if (server != nullptr && !server->scalar.starts_with("smtp://") &&
        !server->scalar.starts_with("smtps://"))
      add(server->at, fmt::format("'server' is not an address: {}", in_quotes(server->scalar)),
          "write smtp://host:587 (STARTTLS) or smtps://host:465 (TLS)");
    if (email.user.empty() != email.password.empty())
      add(map.at, "'user' and 'password' go together",
          "give both, or neither when the server asks for no sign-in");
    const bool plain =
        email.starttls == Alerts::Email::Starttls::off && !email.server.starts_with("smtps://");
    if (plain && !email.password.empty())
      add(map.find("starttls")->at, "a password would be sent without encryption",
          "take `starttls: off` out, or the sign-in");
  }

  std::set<Alerts::Event> read_events() {
    std::set<Alerts::Event> all, on;
    for (int i = 0; i < Alerts::kEvents; ++i) all.insert(static_cast<Alerts::Event>(i));
    const Node* list = child(entry_.value, "on", Node::Kind::list);
    if (list == nullptr) return all;
    const std::vector<std::string> known(kEventNames.begin(), kEventNames.end());
    for (const Node& item : list->items) {
      const auto found = std::find(known.begin(), known.end(), item.scalar);
      if (found != known.end()) {
        on.insert(static_cast<Alerts::Event>(found - known.begin()));
      } else if (item.kind == Node::Kind::text) {
        add(item.at,
            fmt::format("there is no event {}{}", in_quotes(item.scalar),
                        did_you_mean(item.scalar, known)),
            fmt::format("the events are {}", either(known)));
      }
    }
    return on.empty() ? all : on;
  }

  const Entry& entry_;
  const std::filesystem::path& folder_;
  std::vector<Problem>& problems_;
};

}  // namespace

const char* name(Alerts::Event event) { return kEventNames.at(static_cast<std::size_t>(event)); }

Alerts read_alerts(const Node& root, const std::filesystem::path& folder,
                   std::vector<Problem>& problems) {
  Alerts alerts;
  const Node* map = child(root, "alerts", Node::Kind::map);
  if (map == nullptr) return alerts;
  alerts.per_hour = static_cast<int>(yaml::integer(*map, "per_hour").value_or(alerts.per_hour));
  if (const Node* channels = child(*map, "channels", Node::Kind::map))
    for (const Entry& entry : channels->entries)
      if (entry.value.kind == Node::Kind::map)
        alerts.channels.push_back(ChannelReader(entry, folder, problems).read());
  return alerts;
}

Telemetry read_telemetry(const Node& root, const std::filesystem::path& folder,
                         std::vector<Problem>& problems) {
  Telemetry telemetry;
  const Node* map = child(root, "telemetry", Node::Kind::map);
  if (map == nullptr) return telemetry;
  check_references(*map, keys::telemetry(), problems);
  const auto path = [&](const char* key) {
    const Node* node = child(*map, key, Node::Kind::text);
    return node != nullptr ? (folder / node->scalar).lexically_normal() : std::filesystem::path();
  };
  telemetry.ca_file = path("ca_file");
  telemetry.metrics_file = path("metrics_file");
  if (const Node* headers = child(*map, "headers", Node::Kind::text))
    telemetry.headers = headers->scalar;
  const Node* otlp = child(*map, "otlp", Node::Kind::text);
  if (otlp == nullptr) return telemetry;
  telemetry.otlp = otlp->scalar;
  if (!otlp->scalar.starts_with("https://") && !otlp->scalar.starts_with("http://"))
    problems.push_back({otlp->at,
                        fmt::format("'otlp' is not an address: {}", in_quotes(otlp->scalar)),
                        "write the collector's: https://collector:4318",
                        {}});
  return telemetry;
}

Result<Alerts> load_alerts(const std::filesystem::path& file) {
  return read_accepted<Alerts>(file, read_alerts);
}

Result<Telemetry> load_telemetry(const std::filesystem::path& file) {
  return read_accepted<Telemetry>(file, read_telemetry);
}

}  // namespace quarentena
