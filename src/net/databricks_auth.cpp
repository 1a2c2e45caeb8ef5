#include "net/databricks_auth.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <vector>

#include "net/secrets.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

constexpr const char* kWhereToSay =
    "say `auth: { host: ..., token: \"${env:...}\" }`, or set DATABRICKS_HOST and DATABRICKS_TOKEN "
    "(or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET), or DATABRICKS_CONFIG_PROFILE";

/// One place where a login may stand, whole or in part.
struct Place {
  std::string from;
  std::string host;
  Secret token;
  std::string client_id;
  Secret client_secret;
  bool has_credentials() const {
    return !token.empty() || !client_id.empty() || !client_secret.empty();
  }
};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

/// "127.0.0.1:80" of "http://127.0.0.1:80/x".
std::string_view authority(std::string_view host) {
  const auto begin = host.find("://") + 3;
  return host.substr(begin, host.find('/', begin) - begin);
}

bool is_this_machine(std::string_view host) {
  auto name = authority(host);
  if (name.starts_with("[::1]")) return true;
  name = name.substr(0, name.rfind(':'));
  const bool is_number = name.find_first_not_of("0123456789.") == std::string_view::npos;
  return name == "localhost" || (is_number && name.starts_with("127."));
}

/// An address as people copy it from the browser: with or without https://, with a path or a query.
Result<std::string> clean_host(const Place& place) {
  auto host = place.host;
  if (host.find("://") == std::string::npos) host = "https://" + host;
  for (auto at = host.begin(); at != host.begin() + static_cast<long>(host.find("://")); ++at)
    *at = static_cast<char>(std::tolower(static_cast<unsigned char>(*at)));
  const bool plain = host.starts_with("http://");
  const auto name = authority(host);
  if ((!plain && !host.starts_with("https://")) || name.empty() ||
      name.find_first_of("@?# ") != std::string_view::npos)
    return fail(ErrorKind::config,
                fmt::format("the host of Databricks in {} is not an address", place.from),
                "write it as https://adb-1234567890.7.azuredatabricks.net");
  if (plain && !is_this_machine(host))
    return fail(ErrorKind::config,
                fmt::format("the host of Databricks in {} is http://{}: a token would travel in "
                            "the open",
                            place.from, name),
                "use https://; http:// is for a server on this machine");
  return fmt::format("{}://{}", plain ? "http" : "https", name);
}

fs::path config_file() {
  if (const auto file = variable("DATABRICKS_CONFIG_FILE"); !file.empty()) return file;
  const auto home = variable("HOME");
  return home.empty() ? fs::path() : fs::path(home) / ".databrickscfg";
}

using Sections = std::map<std::string, std::map<std::string, Secret>>;

Result<std::optional<Sections>> read_config_file(const fs::path& file) {
  std::error_code error;
  if (file.empty() || !fs::exists(file, error)) return std::nullopt;
  std::ifstream in(file);
  if (!in)
    return fail(ErrorKind::config, fmt::format("cannot read {}", file.string()),
                "give the user that runs quarentena permission to read it");
  std::string text{std::istreambuf_iterator<char>(in), {}};
  auto sections = parse_databrickscfg(text);
  wipe(text);
  return sections;
}

/// `required`: somebody asked for this profile by name.
Result<Place> profile(const std::string& name, bool required) {
  const auto file = config_file();
  TRY_ASSIGN(const auto sections, read_config_file(file));
  Place place;
  place.from = fmt::format("the profile {} of {}", name, file.string());
  const auto found = sections ? sections->find(name) : Sections::const_iterator();
  if (!sections || found == sections->end()) {
    if (!required) return place;
    std::vector<std::string> names;
    if (sections)
      for (const auto& [each, keys] : *sections) names.push_back(each);
    return fail(ErrorKind::config,
                fmt::format("there is no profile '{}' in {}", name, file.string()),
                !sections       ? "that file is not there; DATABRICKS_CONFIG_FILE names another one"
                : names.empty() ? "that file holds no profile"
                                : fmt::format("its profiles are {}", fmt::join(names, ", ")));
  }
  const auto& keys = found->second;
  place.host = secret_of(keys, "host").reveal();
  place.token = secret_of(keys, "token");
  place.client_id = secret_of(keys, "client_id").reveal();
  place.client_secret = secret_of(keys, "client_secret");
  return place;
}

Place environment() {
  return {"the environment", variable("DATABRICKS_HOST"), Secret(variable("DATABRICKS_TOKEN")),
          variable("DATABRICKS_CLIENT_ID"), Secret(variable("DATABRICKS_CLIENT_SECRET"))};
}

using Texts = std::map<std::string, std::string>;

Result<Place> from_auth(const Texts& auth, const std::atomic<bool>* stop) {
  Texts ours;
  for (const char* key : {"host", "token", "client_id", "client_secret"})
    if (const auto at = auth.find(key); at != auth.end()) ours.insert(*at);
  TRY_ASSIGN(const auto secrets, resolve(ours, stop));
  return Place{"`auth`", secret_of(secrets, "host").reveal(), secret_of(secrets, "token"),
               secret_of(secrets, "client_id").reveal(), secret_of(secrets, "client_secret")};
}

/// The places that may be asked, the first one first.
Result<std::vector<Place>> places(const Texts& auth, const std::atomic<bool>* stop) {
  std::vector<Place> all;
  TRY_ASSIGN(Place explicit_one, from_auth(auth, stop));
  all.push_back(std::move(explicit_one));
  const auto named = auth.find("profile");
  if (named != auth.end()) {
    TRY_ASSIGN(const Secret name, resolve_secret(named->second, stop));
    TRY_ASSIGN(Place place, profile(name.reveal(), true));
    all.push_back(std::move(place));
  }
  all.push_back(environment());
  if (named == auth.end()) {
    const auto name = variable("DATABRICKS_CONFIG_PROFILE");
    TRY_ASSIGN(Place place, profile(name.empty() ? "DEFAULT" : name, !name.empty()));
    all.push_back(std::move(place));
  }
  return all;
}

Status check_one_way(const Place& place) {
  if (!place.token.empty() && !(place.client_id.empty() && place.client_secret.empty()))
    return fail(ErrorKind::config,
                fmt::format("{} holds both a token and a client for Databricks", place.from),
                "keep one of them: the token, or the client's id and secret");
  if (place.client_id.empty() != place.client_secret.empty())
    return fail(ErrorKind::config,
                fmt::format("{} holds a client_{} for Databricks without its client_{}", place.from,
                            place.client_id.empty() ? "secret" : "id",
                            place.client_id.empty() ? "id" : "secret"),
                "OAuth needs the id and the secret of a service principal, in the same place");
  return {};
}

}  // namespace

std::map<std::string, std::map<std::string, Secret>> parse_databrickscfg(std::string_view text) {
  Sections sections;
  std::string section = "DEFAULT";
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line[0] == '[') {
      section = trimmed(line.substr(1, line.find(']') - 1));
      sections[section];
      continue;
    }
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string key(trimmed(line.substr(0, equals)));
    sections[section][key] = Secret(trimmed(line.substr(equals + 1)));
  }
  return sections;
}

Result<DatabricksLogin> databricks_login(const Texts& auth, const std::atomic<bool>* stop) {
  TRY_ASSIGN(const auto all, places(auth, stop));
  DatabricksLogin login;
  if (const auto file = auth.find("ca_file"); file != auth.end()) {
    TRY_ASSIGN(const Secret path, resolve_secret(file->second, stop));
    login.ca_file = path.reveal();
  }
  for (const auto& place : all) {
    if (place.host.empty() || !login.host.empty()) continue;
    TRY_ASSIGN(login.host, clean_host(place));
  }
  if (login.host.empty())
    return fail(ErrorKind::config, "no host of Databricks or Unity Catalog is known", kWhereToSay);
  for (const auto& place : all) {
    if (!place.has_credentials()) continue;
    if (!place.host.empty()) {
      TRY_ASSIGN(const std::string host, clean_host(place));
      if (host != login.host) continue;
    }
    TRY_STATUS(check_one_way(place));
    login.token = place.token;
    login.client_id = place.client_id;
    login.client_secret = place.client_secret;
    login.from = place.from;
    return login;
  }
  login.from = "nowhere";
  return login;
}

}  // namespace quarentena
