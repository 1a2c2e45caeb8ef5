#include "sources/transport/sftp_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace quarentena {
namespace {

tl::unexpected<Error> not_an_address(const std::string& location, const char* why) {
  return fail(ErrorKind::config, fmt::format("sftp://{} {}", location, why),
              "write sftp://host:port/folder/file.csv");
}

/// What stands before the first date or pattern, up to its last `/`.
std::string steady_part(std::string path) {
  path = path.substr(0, path.find_first_of("{*?["));
  return path.substr(0, path.rfind('/') + 1);
}

}  // namespace

std::string SftpAddress::server() const { return fmt::format("sftp://{}:{}", host, port); }

Result<SftpAddress> sftp_address(const std::string& location, const std::string& written) {
  SftpAddress address;
  const auto slash = location.find('/');
  if (slash == std::string::npos) return not_an_address(location, "names no file");
  std::string server = location.substr(0, slash);
  address.path = location.substr(slash);
  if (const auto at = server.rfind('@'); at != std::string::npos) {
    address.user = server.substr(0, at);
    server = server.substr(at + 1);
  }
  const auto colon = server.rfind(':');
  if (colon != std::string::npos && server.find(']', colon) == std::string::npos) {
    const char* end = server.data() + server.size();
    const auto [stop, error] = std::from_chars(server.data() + colon + 1, end, address.port);
    if (error != std::errc{} || stop != end || address.port < 1 || address.port > 65535)
      return not_an_address(location, "has no port after its ':'");
    server.resize(colon);
  }
  if (server.empty()) return not_an_address(location, "names no host");
  address.host = server;
  if (address.path.ends_with('/') && address.path.find_first_of("*?[") == std::string::npos) {
    address.base = address.path;
    return address;
  }
  const auto scheme = written.find("://");
  const std::string template_path =
      scheme == std::string::npos
          ? address.path
          : written.substr(std::min(written.find('/', scheme + 3), written.size()));
  address.base = steady_part(template_path);
  if (!address.path.starts_with(address.base)) address.base = "/";
  return address;
}

}  // namespace quarentena
