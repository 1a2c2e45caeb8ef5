#pragma once

#include <string>

#include "base/error.h"

/// Internal to src/net: addresses taken apart by libcurl's own parser.
namespace quarentena {

struct Address {
  std::string scheme, host, port, path;  ///< scheme and host in lower case; the port is never empty
  bool has_user = false;
  bool same_origin(const Address& other) const {
    return scheme == other.scheme && host == other.host && port == other.port;
  }
};

/// Errors: config; the message shows nothing of an address that cannot be taken apart.
Result<Address> parse_address(const std::string& url);

/// A Location header, absolute or relative to `base`.
Result<std::string> resolve_address(const std::string& base, const std::string& location);

}  // namespace quarentena
