#pragma once

#include <string>

#include "base/error.h"

namespace quarentena {

/// `user@host:port/path` taken apart. The path is the server's, from its root; `/~/x` is below the
/// user's home.
struct SftpAddress {
  std::string host;  ///< an IPv6 address in its brackets
  int port = 22;
  std::string user;  ///< empty: not in the address
  std::string path;
  /// The folder that the paths found are told relative to, with its `/`: the path's own when it is
  /// a folder, else the part of it that is the same every day and holds no pattern.
  std::string base;
  bool is_folder() const { return path == base; }
  std::string server() const;  ///< "sftp://host:port"
  std::string origin() const { return server() + base; }
};

/// `location` has its dates filled in and `sftp://` taken off; `written` is the location as
/// configured, from which is seen where the dates are. Error: config.
Result<SftpAddress> sftp_address(const std::string& location, const std::string& written);

}  // namespace quarentena
