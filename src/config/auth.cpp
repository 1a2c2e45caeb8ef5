#include "config/auth.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "config/keys.h"
#include "config/text_forms.h"

namespace quarentena {
namespace {

using yaml::Entry;
using yaml::Node;

void add(std::vector<Problem>& problems, Position at, std::string message, std::string hint) {
  problems.push_back({at, std::move(message), std::move(hint), {}});
}

/// One fingerprint or several, with a blank between them. What is not one may be a secret in the
/// wrong place: no message shows it.
std::string read_host_keys(const Node& node, std::vector<Problem>& problems) {
  const std::vector<Node> one{node};
  const auto& pins = node.kind == Node::Kind::list ? node.items : one;
  std::string joined;
  for (const Node& pin : pins) {
    if (pin.kind != Node::Kind::text) continue;
    if (!is_fingerprint(pin.scalar) && !is_reference(pin.scalar)) {
      add(problems, pin.at, "'host_key' is not a fingerprint",
          "write it as `ssh-keygen -l` prints it: SHA256: and 43 characters");
    }
    joined += (joined.empty() ? "" : " ") + pin.scalar;
  }
  return joined;
}

/// A path is relative to the configuration file, as `location` is.
std::string path_or_text(const Entry& entry, const std::filesystem::path& folder) {
  static constexpr std::array<std::string_view, 6> paths{
      "ca_file", "certificate", "key_file", "known_hosts", "pgp_key_file", "service_account"};
  const std::string& value = entry.value.scalar;
  const bool is_path = std::find(paths.begin(), paths.end(), entry.key) != paths.end();
  if (!is_path || is_reference(value)) return value;
  return (folder / value).lexically_normal().string();
}

/// Says nothing of the value: it may be the secret.
void check_reference(const Entry& entry, const keys::Key& key, std::vector<Problem>& problems) {
  static constexpr const char* forms =
      "${env:NAME}, ${file:/path}, ${cmd:command} or ${databricks:scope/key}";
  const std::string& value = entry.value.scalar;
  if (is_reference(value)) return;
  if (value.find("${") != std::string::npos) {
    add(problems, entry.value.at,
        fmt::format("'{}' holds something that is not one whole reference", key.name),
        fmt::format("write {}, in quotes and nothing else", forms));
  } else if (key.secret) {
    add(problems, entry.value.at, fmt::format("'{}' holds a secret in plain text", key.name),
        fmt::format(
            "write a reference in quotes: {}; and change the secret, since it was in a file",
            forms));
  }
}

}  // namespace

void check_references(const Node& map, const std::vector<keys::Key>& known,
                      std::vector<Problem>& problems) {
  for (const Entry& entry : map.entries) {
    const keys::Key* key = keys::find(known, entry.key);
    if (key != nullptr && key->secret && entry.value.kind == Node::Kind::text)
      check_reference(entry, *key, problems);
  }
}

Auth read_auth(const Node& map, const std::filesystem::path& folder,
               std::vector<Problem>& problems) {
  Auth auth;
  for (const Entry& entry : map.entries) {
    const keys::Key* key = keys::find(keys::auth(), entry.key);
    if (key == nullptr) continue;
    if (entry.key == "host_key") {
      auth.emplace(entry.key, read_host_keys(entry.value, problems));
    } else if (entry.value.kind == Node::Kind::text) {
      check_reference(entry, *key, problems);
      auth.emplace(entry.key, path_or_text(entry, folder));
    }
  }
  return auth;
}

}  // namespace quarentena
