#include "config/serve.h"

#include <fmt/format.h>

#include <charconv>

#include "config/accepted_file.h"
#include "config/serve_reader.h"
#include "config/text_forms.h"

namespace quarentena {
namespace {

using yaml::Node;

/// `127.0.0.1:8480`, `[::1]:8480`. That the address exists is seen when it is listened on.
bool is_address_and_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view host = text.substr(0, colon), port = text.substr(colon + 1);
  if (host.find(':') != std::string_view::npos && (host.front() != '[' || host.back() != ']'))
    return false;
  std::uint16_t number = 0;
  const auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc{} && stop == port.data() + port.size();
}

class ServeReader {
 public:
  ServeReader(const Node& node, const std::filesystem::path& folder, Serve& serve,
              std::vector<Problem>& problems)
      : node_(node), folder_(folder), serve_(serve), problems_(problems) {}

  void read() {
    read_address("listen", serve_.listen);
    read_address("metrics", serve_.metrics);
    if (const Node* plain = text(node_, "plain_http"); plain && plain->scalar == "anywhere")
      serve_.plain_http = Serve::PlainHttp::anywhere;
    if (const Node* page = text(node_, "page"); page && page->scalar == "off")
      serve_.page = Serve::Page::off;
    read_path(node_, "tokens", serve_.tokens);
    read_access_log();
    read_time(node_, "refresh", serve_.refresh_ms);
    serve_.threads = static_cast<int>(yaml::integer(node_, "threads").value_or(0));
    if (const Node* tls = yaml::child(node_, "tls", Node::Kind::map)) {
      read_path(*tls, "certificate", serve_.certificate);
      read_path(*tls, "key", serve_.key);
      read_path(*tls, "client_ca", serve_.client_ca);
    }
    if (const Node* limits = yaml::child(node_, "limits", Node::Kind::map)) read_limits(*limits);
  }

 private:
  static const Node* text(const Node& map, const char* key) {
    return yaml::child(map, key, Node::Kind::text);
  }

  void add(Position at, std::string message, std::string hint) {
    problems_.push_back({at, std::move(message), std::move(hint), {}});
  }

  void read_address(const char* key, std::string& address) {
    const Node* node = text(node_, key);
    if (node == nullptr) return;
    address = node->scalar == "off" ? "" : node->scalar;
    if (address.empty() || is_address_and_port(address)) return;
    add(node->at, fmt::format("'{}' is not an address and a port: {}", key, in_quotes(address)),
        "write it as 127.0.0.1:8480, or [::1]:8480");
  }

  void read_path(const Node& map, const char* key, std::filesystem::path& path) {
    if (const Node* node = text(map, key)) path = (folder_ / node->scalar).lexically_normal();
  }

  void read_access_log() {
    const Node* log = text(node_, "access_log");
    if (log == nullptr) return;
    serve_.access_log = log->scalar;
    if (log->scalar == "stderr" || log->scalar == "off") return;
    serve_.access_log = (folder_ / log->scalar).lexically_normal().string();
  }

  void read_time(const Node& map, const char* key, int& time_ms) {
    const Node* node = text(map, key);
    if (node == nullptr) return;
    const auto time = milliseconds(node->scalar);
    time_ms = time.value_or(time_ms);
    if (time && *time > 0) return;
    add(node->at, fmt::format("'{}' is not a time: {}", key, in_quotes(node->scalar)),
        "write it as 500ms, 5s or 1m, at most 60m");
  }

  void read_limits(const Node& map) {
    Serve::Limits& limits = serve_.limits;
    const auto number = [&](const char* key, int& value) {
      value = static_cast<int>(yaml::integer(map, key).value_or(value));
    };
    number("keys", limits.keys);
    number("body_mib", limits.body_mib);
    number("connections", limits.connections);
    number("connections_per_address", limits.connections_per_address);
    read_time(map, "header_time", limits.header_time_ms);
    read_time(map, "body_time", limits.body_time_ms);
    read_time(map, "idle_time", limits.idle_time_ms);
    read_time(map, "answer_time", limits.answer_time_ms);
    read_time(map, "drain_time", limits.drain_time_ms);
  }

  const Node& node_;
  const std::filesystem::path& folder_;
  Serve& serve_;
  std::vector<Problem>& problems_;
};

}  // namespace

Serve read_serve(const Node& root, const std::filesystem::path& folder,
                 std::vector<Problem>& problems) {
  Serve serve;
  serve.tokens = (folder / "tokens.json").lexically_normal();
  if (const Node* node = yaml::child(root, "serve", Node::Kind::map))
    ServeReader(*node, folder, serve, problems).read();
  return serve;
}

Result<Serve> load_serve(const std::filesystem::path& file) {
  return read_accepted<Serve>(file, read_serve);
}

}  // namespace quarentena
