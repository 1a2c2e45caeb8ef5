#include "sources/format/byte_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace quarentena {
namespace {

tl::unexpected<Error> open_failed(const std::string& name, int code) {
  switch (code) {
    case ENOENT:
    case ENOTDIR:
      return fail(ErrorKind::missing, fmt::format("{}: no such file", name),
                  "check `location`, and that the file was delivered");
    case EACCES:
    case EPERM:
      return fail(ErrorKind::auth, fmt::format("{}: no permission to read it", name),
                  "give the user who runs quarentena read access to the file");
    default:
      return fail(ErrorKind::machine, fmt::format("{}: {}", name, std::strerror(code)));
  }
}

}  // namespace

Result<std::shared_ptr<File>> File::open(const std::filesystem::path& path) {
  std::string name = path.string();
  // O_NONBLOCK: a pipe with no writer must not hang the run before it is refused below.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return open_failed(name, errno);
  struct stat about {};
  if (::fstat(descriptor, &about) != 0 || !S_ISREG(about.st_mode)) {
    ::close(descriptor);
    return fail(ErrorKind::data, fmt::format("{}: not a regular file", name),
                "a location of this format names one file, or a pattern such as folder/*.csv");
  }
  ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
  return std::shared_ptr<File>(
      new File(descriptor, static_cast<std::uint64_t>(about.st_size), std::move(name)));
}

File::~File() { ::close(descriptor_); }

Result<std::size_t> File::read_at(std::uint64_t offset, char* out, std::size_t size) const {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got =
        ::pread(descriptor_, out + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return fail(ErrorKind::machine, fmt::format("{}: cannot read at byte {}: {}", name_,
                                                  offset + done, std::strerror(errno)));
    }
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Result<std::size_t> FileRange::read(char* out, std::size_t capacity) {
  const std::uint64_t at = at_.load(std::memory_order_relaxed);
  const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(capacity, end_ - at));
  if (size == 0) return std::size_t{0};
  TRY_ASSIGN(const std::size_t got, file_->read_at(at, out, size));
  at_.store(at + got, std::memory_order_relaxed);
  return got;
}

Result<std::size_t> read_fully(ByteSource& source, char* out, std::size_t capacity) {
  std::size_t done = 0;
  while (done < capacity) {
    TRY_ASSIGN(const std::size_t got, source.read(out + done, capacity - done));
    if (got == 0) break;
    done += got;
  }
  return done;
}

}  // namespace quarentena
