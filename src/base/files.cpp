#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace quarentena {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLongestPart = 255;

/// `sync` is fsync or fdatasync; `counts` says which of its failures are one.
Status synced(const fs::path& path, int flags, int (*sync)(int), bool (*counts)(int)) {
  const int fd = ::open(path.c_str(), flags | O_RDONLY | O_CLOEXEC);
  if (fd < 0) return tl::unexpected<Error>(disk_error(path, "open", errno));
  const int failed = sync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (failed != 0 && counts(failed))
    return tl::unexpected<Error>(disk_error(path, "write", failed));
  return {};
}

}  // namespace

Error disk_error(const fs::path& file, const std::string& doing, int code) {
  std::string hint;
  if (code == ENOSPC || code == EDQUOT) hint = "make room on that disk and run again";
  if (code == EACCES || code == EPERM || code == EROFS)
    hint = "give the user that runs quarentena permission to write there, or move `staging`";
  return {ErrorKind::machine,
          fmt::format("cannot {} {}: {}", doing, file.string(), std::strerror(code)), hint};
}

Status sync_file(const fs::path& file) {
  return synced(file, 0, ::fdatasync, [](int) { return true; });
}

Status sync_folder(const fs::path& folder) {
  return synced(folder, O_DIRECTORY, ::fsync,
                [](int code) { return code == ENOSPC || code == EDQUOT || code == EIO; });
}

std::string why_not_below(const std::string& relative) {
  if (relative.empty()) return "it is empty";
  if (relative.front() == '/') return "it begins with a slash";
  if (relative.find('\0') != std::string::npos) return "it has a zero byte in it";
  for (std::size_t at = 0; at <= relative.size();) {
    const auto end = std::min(relative.find('/', at), relative.size());
    const auto part = relative.substr(at, end - at);
    if (part.empty()) return "a part of it is empty";
    if (part == "." || part == "..") return "it leads out of its folder";
    if (part.size() > kLongestPart) return "a part of it is longer than 255 bytes";
    at = end + 1;
  }
  return {};
}

}  // namespace quarentena
