#include "base/whole_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/files.h"

namespace quarentena {
namespace fs = std::filesystem;

Status write_whole(const fs::path& file, std::string_view text, Access access) {
  const fs::path draft = file.string() + fmt::format(".{}.tmp", ::getpid());
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                        access == Access::owner ? 0600 : 0644);
  if (fd < 0) return tl::unexpected<Error>(disk_error(draft, "write", errno));
  int failed = 0;
  for (std::string_view rest = text; failed == 0 && !rest.empty();) {
    const auto wrote = ::write(fd, rest.data(), rest.size());
    if (wrote >= 0)
      rest.remove_prefix(static_cast<std::size_t>(wrote));
    else if (errno != EINTR)
      failed = errno;
  }
  if (failed == 0 && ::fdatasync(fd) != 0) failed = errno;
  if (::close(fd) != 0 && failed == 0) failed = errno;
  if (failed == 0 && ::rename(draft.c_str(), file.c_str()) != 0) failed = errno;
  if (failed != 0) {
    ::unlink(draft.c_str());
    return tl::unexpected<Error>(disk_error(file, "write", failed));
  }
  return sync_folder(file.parent_path());
}

}  // namespace quarentena
