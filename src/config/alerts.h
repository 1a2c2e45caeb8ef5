#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"

namespace quarentena {

/// An address that takes JSON.
struct AlertWebhook {
  enum class Shape { generic, slack, teams };
  std::string url;  ///< a reference: it is a credential
  Shape shape = Shape::generic;
  std::string token;              ///< a reference: sent as a bearer token; empty: none
  std::filesystem::path ca_file;  ///< absolute; empty: the system's authorities
};

/// A mail server, and who is written to.
struct AlertEmail {
  enum class Starttls { required, off };
  std::string server;  ///< `smtp://host:587`, `smtps://host:465`
  std::string from;
  std::vector<std::string> to;
  std::string user;      ///< empty: the server asks for no sign-in
  std::string password;  ///< a reference
  Starttls starttls = Starttls::required;
  std::filesystem::path ca_file;  ///< as above
};

/// Who is told when something is wrong, and by which way (src/alerts).
struct Alerts {
  enum class Event {
    held,       ///< the release brake: nothing was published, a person must decide
    failed,     ///< a run ended in an error, or was killed
    degraded,   ///< published, with a source carried forward or left out
    late,       ///< a source's deadline passed, and it did not deliver
    stale,      ///< the newest load is older than `check.max_age`
    recovered,  ///< any of these is over
  };
  static constexpr int kEvents = 6;

  using Webhook = AlertWebhook;
  using Email = AlertEmail;
  struct Channel {
    std::string name;
    std::variant<Webhook, Email> way;
    std::set<Event> on;  ///< not empty
  };

  std::vector<Channel> channels;  ///< none: nobody is told
  int per_hour = 12;              ///< messages of a channel; what is more waits and goes as one
};

const char* name(Alerts::Event event);

/// `alerts` of a configuration file; paths are absolute. What is wrong with the file is
/// load_plan()'s to tell: this asks for one that it accepts. Errors: config.
Result<Alerts> load_alerts(const std::filesystem::path& file);

}  // namespace quarentena
