#include "config/location.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "config/check.h"
#include "config/keys.h"
#include "config/text_forms.h"

namespace quarentena {
namespace {

struct Address {
  std::string_view scheme;  ///< empty: a path
  std::string_view rest;
};

Address split(std::string_view text) {
  const std::size_t at = text.find("://");
  if (at == std::string_view::npos || at == 0) return {{}, text};
  const std::string_view scheme = text.substr(0, at);
  const bool valid = std::all_of(scheme.begin(), scheme.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '-' || c == '.';
  });
  if (!valid) return {{}, text};
  return {scheme, text.substr(at + 3)};
}

const char* key_of(Place place) {
  switch (place) {
    case Place::location:
      return "location";
    case Place::table:
      return "table";
    case Place::catalog:
      return "location";
    case Place::staging:
      return "staging";
  }
  return "";
}

std::vector<std::string> schemes_of(Place place) {
  if (place == Place::staging) return {"file", "s3", "abfss", "gs", "volumes"};
  if (place == Place::catalog) return {"file", "s3", "abfss", "gs"};
  return place == Place::table ? keys::table_schemes() : keys::location_schemes();
}

bool is_three_names(std::string_view text) {
  int dots = 0;
  std::size_t length = 0;
  for (char c : text) {
    if (c != '.') {
      ++length;
      continue;
    }
    if (length == 0) return false;
    length = 0;
    ++dots;
  }
  return dots == 2 && length > 0 && text.find('/') == std::string_view::npos;
}

/// catalog/schema/volume, and what follows.
bool names_a_volume(std::string_view text) {
  for (int part = 0; part < 3; ++part) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    if (slash == 0) return false;
    text.remove_prefix(std::min(slash + 1, text.size()));
  }
  return true;
}

/// A password before the host, or a signature after the path.
bool holds_credentials(const Address& address) {
  const std::string_view rest = address.rest;
  if (!address.scheme.empty() && has_password(rest)) return true;
  const std::size_t query = rest.find('?');
  return query != std::string_view::npos && may_hold_secret(rest.substr(query));
}

class Reader {
 public:
  Reader(const yaml::Node& node, Place place, std::vector<Problem>& problems)
      : at_(node.at), text_(node.scalar), key_(key_of(place)), place_(place), problems_(problems) {}

  std::optional<std::string> read(const std::filesystem::path& folder) {
    const Address address = split(text_);
    if (holds_credentials(address)) {
      return reject("holds a credential",
                    "give it under `auth`, as a reference such as "
                    "${env:PASSWORD}, and take it out of the address");
    }
    if (text_.find("${") != std::string::npos) {
      return reject("holds a reference (${...})", "references are read under `auth` only");
    }
    if (place_ == Place::location) {
      if (const auto why = why_not_dated(text_)) {
        return reject(fmt::format("cannot be read: {}", *why),
                      "the day of the load is written {data_carga:%Y%m%d}, with the codes %Y %y %m "
                      "%d %j %%");
      }
    }
    return address.scheme.empty() ? path(folder) : uri(address);
  }

 private:
  std::optional<std::string> path(const std::filesystem::path& folder) {
    if (text_.starts_with('~')) {
      return reject("begins with '~', which is not expanded", "write the whole path");
    }
    const std::string_view scheme = std::string_view(text_).substr(0, text_.find(':'));
    if (scheme.size() < text_.size() && known(scheme)) {
      return reject(fmt::format("is neither a path nor an address: {}", in_quotes(text_)),
                    fmt::format("an address begins with {}://", scheme));
    }
    return (folder / text_).lexically_normal().string();
  }

  std::optional<std::string> uri(const Address& address) {
    if (!known(address.scheme)) {
      const auto schemes = schemes_of(place_);
      const std::string meant = did_you_mean(address.scheme, schemes);
      std::vector<std::string> shown;
      for (const std::string& each : schemes) shown.push_back(each + "://");
      return reject(
          fmt::format("has the unknown scheme {}{}", in_quotes(std::string(address.scheme) + "://"),
                      meant),
          shown.size() == 1 ? "use a path" : fmt::format("use a path, {}", either(shown)));
    }
    if (address.scheme == "file") return file(address.rest);
    if (address.rest.empty() || address.rest[0] == '/') {
      return reject(fmt::format("names no host or bucket: {}", in_quotes(text_)), "");
    }
    if (address.scheme == "uc" && !is_three_names(address.rest)) {
      return reject(fmt::format("is not a table of Unity Catalog: {}", in_quotes(text_)),
                    "write uc://catalog.schema.table");
    }
    if (address.scheme == "volumes" && !names_a_volume(address.rest)) {
      return reject(fmt::format("is not in a volume: {}", in_quotes(text_)),
                    "write volumes://catalog/schema/volume/path: what Databricks shows as "
                    "/Volumes/catalog/schema/volume/path");
    }
    return text_;
  }

  std::optional<std::string> file(std::string_view rest) {
    if (!rest.starts_with('/')) {
      return reject(fmt::format("is not absolute: {}", in_quotes(text_)),
                    "write file:///the/path, or the path alone");
    }
    return std::filesystem::path(rest).lexically_normal().string();
  }

  bool known(std::string_view scheme) const {
    const auto schemes = schemes_of(place_);
    return std::find(schemes.begin(), schemes.end(), scheme) != schemes.end();
  }

  std::optional<std::string> reject(const std::string& why, std::string hint) {
    problems_.push_back({at_, fmt::format("'{}' {}", key_, why), std::move(hint), {}});
    return std::nullopt;
  }

  Position at_;
  const std::string& text_;
  const char* key_;
  Place place_;
  std::vector<Problem>& problems_;
};

}  // namespace

std::optional<std::string> read_address(const yaml::Node& node, Place place,
                                        const std::filesystem::path& folder,
                                        std::vector<Problem>& problems) {
  return Reader(node, place, problems).read(folder);
}

bool is_uri(std::string_view address) { return !split(address).scheme.empty(); }

std::string data_extension(std::string_view location) {
  const Address address = split(location);
  std::string_view name = address.rest;
  if (address.scheme == "https") name = name.substr(0, name.find_first_of("?#"));
  name = name.substr(name.rfind('/') + 1);
  std::string lower;
  for (char c : name) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (lower.ends_with(".pgp") || lower.ends_with(".gpg") || lower.ends_with(".asc"))
    lower.resize(lower.size() - 4);
  if (lower.ends_with(".gz"))
    lower.resize(lower.size() - 3);
  else if (lower.ends_with(".zip"))
    lower.resize(lower.size() - 4);
  const std::size_t dot = lower.rfind('.');
  return dot == std::string::npos ? std::string{} : lower.substr(dot + 1);
}

}  // namespace quarentena
