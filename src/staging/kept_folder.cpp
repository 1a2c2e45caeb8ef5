#include "staging/kept_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/files.h"
#include "base/sha256.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kDraftMs = 600'000;
constexpr std::int64_t kLongestRunMs = 6 * 3'600'000;  ///< from a fetch to its keep, at most
constexpr const char* kDraft = ".new-";

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

tl::unexpected<Error> cannot(const char* doing, const fs::path& path, int code) {
  return tl::unexpected<Error>(disk_error(path, doing, code));
}

std::int64_t modified_ms(const struct stat& about) {
  return (about.st_mtim.tv_sec * 1'000'000'000 + about.st_mtim.tv_nsec) / 1'000'000;
}

Status make_folders(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return cannot("make", folder, error.value());
  return {};
}

/// Everything in it, then the folders, the deepest first. At the end and not file by file: the
/// first sync makes the file system write what the others wait for.
Status sync_all(const fs::path& top) {
  std::vector<fs::path> folders{top};
  std::error_code error;
  for (fs::recursive_directory_iterator at(top, error), end; !error && at != end;
       at.increment(error)) {
    if (at->is_directory(error))
      folders.push_back(at->path());
    else
      TRY_STATUS(sync_file(at->path()));
  }
  if (error) return cannot("read", top, error.value());
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder)
    TRY_STATUS(sync_folder(*folder));
  return {};
}

Status write_all(int fd, const char* bytes, std::size_t size, const fs::path& to) {
  while (size > 0) {
    const auto wrote = ::write(fd, bytes, size);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return cannot("write", to, errno);
    bytes += wrote;
    size -= static_cast<std::size_t>(wrote);
  }
  return {};
}

Status copy_by_reading(int from, int to, const DeliveredFile& file, const fs::path& target) {
  std::vector<char> block(1 << 18);
  while (true) {
    const auto got = ::read(from, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot("read", file.path, errno);
    if (got == 0) return {};
    TRY_STATUS(write_all(to, block.data(), static_cast<std::size_t>(got), target));
  }
}

/// Shares the blocks where the file system can (XFS, Btrfs), else lets the kernel copy.
Status copy_contents(int from, int to, const DeliveredFile& file, const fs::path& target) {
  if (::ioctl(to, FICLONE, from) == 0) return {};
  auto left = static_cast<std::size_t>(file.size_bytes);
  while (left > 0) {
    const auto copied = ::copy_file_range(from, nullptr, to, nullptr, left, 0);
    if (copied < 0 && errno == EINTR) continue;
    // Another file system, or one that has no such call: both descriptors stand where it stopped.
    if (copied == 0 || (copied < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS ||
                                       errno == EOPNOTSUPP || errno == EPERM || errno == EBADF)))
      return copy_by_reading(from, to, file, target);
    if (copied < 0) return cannot("write", target, errno);
    left -= static_cast<std::size_t>(copied);
  }
  return {};
}

tl::unexpected<Error> changed(const DeliveredFile& file) {
  return fail(ErrorKind::data, fmt::format("{} changed while it was read", file.path.string()),
              "its sender was still writing it; run again when it is whole");
}

Status check_unchanged(int fd, const DeliveredFile& file) {
  struct stat now {};
  if (::fstat(fd, &now) != 0) return cannot("read", file.path, errno);
  if (now.st_size != file.size_bytes || modified_ms(now) != file.modified_ms) return changed(file);
  return {};
}

/// Size and modification time miss a file that was written again in the same tick of the clock, or
/// by who sets the old time again. The time of the last change of any kind (ctime) nobody can set:
/// when that is old, nothing happened since the fetch; when it is new, the copy's own digest
/// decides, which costs a third of the copying (1.6 GB/s where the processor knows SHA-256).
Status check_copy(int from, const DeliveredFile& file, const fs::path& copy) {
  struct stat now {};
  if (::fstat(from, &now) != 0) return cannot("read", file.path, errno);
  const auto age_ms = now_ms() - now.st_ctim.tv_sec * 1000;
  if (age_ms > kLongestRunMs || file.sha256.empty()) return {};
  TRY_ASSIGN(const std::string digest, sha256_of_file(copy));
  if (digest != file.sha256) return changed(file);
  return {};
}

Status copy_file(const DeliveredFile& file, const fs::path& target) {
  const Descriptor from(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!from.open() && errno == ENOENT) return changed(file);
  if (!from.open()) return cannot("read", file.path, errno);
  TRY_STATUS(check_unchanged(from.get(), file));
  const Descriptor to(::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!to.open()) return cannot("write", target, errno);
  TRY_STATUS(copy_contents(from.get(), to.get(), file, target));
  TRY_STATUS(check_unchanged(from.get(), file));
  return check_copy(from.get(), file, target);
}

/// False: the file system cannot.
Result<bool> link_file(const DeliveredFile& file, const fs::path& target) {
  if (::link(file.path.c_str(), target.c_str()) != 0) {
    if (errno == ENOENT) return changed(file);
    if (errno == ENOSPC || errno == EDQUOT) return cannot("write", target, errno);
    return false;
  }
  struct stat now {};
  if (::stat(target.c_str(), &now) != 0) return cannot("read", target, errno);
  if (now.st_size != file.size_bytes) return changed(file);
  if ((now.st_mode & 077) != 0) ::chmod(target.c_str(), 0600);
  return true;
}

}  // namespace

std::int64_t modified_ms(const fs::path& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 ? modified_ms(about) : 0;
}

std::shared_ptr<FolderLock> FolderLock::take(const fs::path& folder, How how) {
  const auto path = folder / kManifest;
  // flock over NFS asks for a descriptor that can write for an exclusive lock.
  const bool alone = how == How::exclusive;
  const int fd = ::open(path.c_str(), (alone ? O_RDWR : O_RDONLY) | O_CLOEXEC);
  if (fd < 0) return nullptr;
  auto out = std::shared_ptr<FolderLock>(new FolderLock(fd));
  int status = 0;
  while ((status = ::flock(fd, alone ? LOCK_EX | LOCK_NB : LOCK_SH)) != 0 && errno == EINTR) {
  }
  if (status != 0) return nullptr;
  // Somebody may have removed it between the two calls.
  struct stat ours {
  }, there{};
  if (::fstat(fd, &ours) == 0 && ::stat(path.c_str(), &there) == 0 && ours.st_ino == there.st_ino &&
      ours.st_dev == there.st_dev)
    return out;
  out.reset();
  errno = ENOENT;
  return nullptr;
}

FolderLock::~FolderLock() {
  const int code = errno;
  ::close(fd_);
  errno = code;
}

void FolderLock::touch() { ::futimens(fd_, nullptr); }

Result<Draft> Draft::make(const fs::path& parent) {
  TRY_STATUS(make_folders(parent));
  // Clients' contacts lie here: nobody else's business.
  std::error_code ignored;
  fs::permissions(parent, fs::perms::owner_all, ignored);
  auto path = (parent / kDraft).string() + "XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return cannot("make", path, errno);
  const auto manifest = fs::path(path) / kManifest;
  const int fd = ::open(manifest.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  Draft out(path, fd);
  if (fd < 0 || ::flock(fd, LOCK_EX) != 0) return cannot("write", manifest, errno);
  return out;
}

Draft::Draft(Draft&& other) noexcept
    : path_(std::exchange(other.path_, {})), manifest_(std::exchange(other.manifest_, -1)) {}

Draft::~Draft() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
  if (manifest_ >= 0) ::close(manifest_);
}

Status Draft::add(const DeliveredFile& file, const std::string& name, Bring bring) {
  const auto target = path_ / kFiles / name;
  TRY_STATUS(make_folders(target.parent_path()));
  if (bring == Bring::link) {
    TRY_ASSIGN(const bool linked, link_file(file, target));
    if (linked) return {};
  }
  return copy_file(file, target);
}

Result<fs::path> Draft::place_for(const std::string& name) const {
  const auto target = path_ / kFiles / name;
  TRY_STATUS(make_folders(target.parent_path()));
  return target;
}

Status Draft::add_manifest(const std::string& text) {
  const auto path = path_ / kManifest;
  TRY_STATUS(write_all(manifest_, text.data(), text.size(), path));
  return sync_all(path_);
}

Result<bool> Draft::publish(const fs::path& target) {
  if (::rename(path_.c_str(), target.c_str()) != 0) {
    if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) return false;
    return cannot("write", target, errno);
  }
  path_.clear();
  TRY_STATUS(sync_folder(target.parent_path()));
  return true;
}

bool remove_unless_read(const fs::path& folder, const std::function<bool()>& goes) {
  const auto lock = FolderLock::take(folder, FolderLock::How::exclusive);
  // Without a manifest nobody can read it.
  if (!lock && errno != ENOENT && errno != ENOTDIR) return false;
  if (!goes()) return false;
  // Under another name first: a reader finds all of it or nothing.
  auto name = (folder.parent_path() / kDraft).string() + "XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) return false;
  std::error_code error;
  const auto dead = fs::path(name) / "dead";
  fs::rename(folder, dead, error);
  const bool gone = !error;
  fs::remove_all(name, error);
  return gone;
}

void remove_dead_drafts(const fs::path& parent) {
  std::error_code error;
  std::vector<fs::path> drafts;
  for (fs::directory_iterator at(parent, error), end; !error && at != end; at.increment(error))
    if (at->path().filename().string().starts_with(kDraft)) drafts.push_back(at->path());
  for (const auto& draft : drafts) {
    // Its lock says that its process lives; one that is about to take it, its age.
    const bool young = modified_ms(draft) > now_ms() - kDraftMs;
    const auto lock = FolderLock::take(draft, FolderLock::How::exclusive);
    if (young || (!lock && errno != ENOENT)) continue;
    fs::remove_all(draft, error);
  }
}

Status replace_text(const fs::path& file, const std::string& text) {
  auto draft = file.string() + ".XXXXXX";
  const Descriptor to(::mkostemp(draft.data(), O_CLOEXEC));
  if (!to.open()) return cannot("write", file, errno);
  auto written = write_all(to.get(), text.data(), text.size(), file);
  if (written && ::fdatasync(to.get()) != 0) written = cannot("write", file, errno);
  if (written && ::rename(draft.c_str(), file.c_str()) != 0) written = cannot("write", file, errno);
  if (!written) ::unlink(draft.c_str());
  return written;
}

}  // namespace quarentena
