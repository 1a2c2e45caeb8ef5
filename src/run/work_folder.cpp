#include "run/work_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>
#include <vector>

namespace quarentena {
namespace fs = std::filesystem;
namespace {

constexpr const char* kWork = "_quarentena";
constexpr const char* kLock = "lock";

constexpr int kAttempts = 100;
constexpr auto kPause = std::chrono::milliseconds(10);

/// Locks the file at `path`, which is there still: somebody may have removed it, and perhaps made
/// another, since it was opened. Returns its descriptor, or -1 with errno (EWOULDBLOCK: somebody
/// else holds it; ENOENT: it is not there, or not any more).
int locked(const fs::path& path, int flags) {
  const int fd = open(path.c_str(), flags | O_RDWR | O_CLOEXEC, 0644);
  if (fd < 0) return -1;
  struct stat ours {
  }, there{};
  int failed = 0;
  if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fstat(fd, &ours) != 0)
    failed = errno;
  else if (stat(path.c_str(), &there) != 0 || there.st_ino != ours.st_ino ||
           there.st_dev != ours.st_dev)
    failed = ENOENT;
  if (failed == 0) return fd;
  close(fd);
  errno = failed;
  return -1;
}

/// A folder without a lock file is one whose run is about to make it, or died right then: an hour
/// tells.
bool is_abandoned(const fs::path& folder) {
  std::error_code error;
  const auto age = fs::file_time_type::clock::now() - fs::last_write_time(folder, error);
  return !error && age > std::chrono::hours(1);
}

/// Removes `folder` if the run that made it is gone: nobody holds its lock. We hold it until all is
/// removed, and under another name first, so that no run takes what is about to go for its own.
void remove_if_dead(const fs::path& folder) {
  const int lock = locked(folder / kLock, 0);
  if (lock < 0 && !((errno == ENOENT || errno == ENOTDIR) && is_abandoned(folder))) return;
  auto dead = folder;
  dead += ".dead";
  std::error_code error;
  fs::rename(folder, dead, error);
  if (!error) fs::remove_all(dead, error);
  if (lock >= 0) close(lock);
}

void remove_dead(const fs::path& work) {
  std::error_code error;
  std::vector<fs::path> folders;
  for (fs::directory_iterator entry(work, error), end; !error && entry != end;
       entry.increment(error))
    folders.push_back(entry->path());
  for (const auto& folder : folders) remove_if_dead(folder);
}

}  // namespace

tl::unexpected<Error> cannot(const char* verb, const fs::path& path, const std::error_code& error) {
  const bool denied = error == std::errc::permission_denied ||
                      error == std::errc::operation_not_permitted ||
                      error == std::errc::read_only_file_system;
  const bool full = error == std::errc::no_space_on_device;
  return fail(denied ? ErrorKind::auth : ErrorKind::machine,
              full ? "the disk is full"
                   : fmt::format("cannot {} {}: {}", verb, path.string(), error.message()),
              denied ? "give the user that runs quarentena permission to write there"
                     : "the table is as it was; free some space or mend the disk, then run again");
}

Result<std::unique_ptr<WorkFolder>> WorkFolder::create(const fs::path& table,
                                                       const std::string& run_id) {
  std::unique_ptr<WorkFolder> work(new WorkFolder());
  work->table_ = table;
  work->path_ = table / kWork / run_id;
  TRY_STATUS(work->make());
  remove_dead(table / kWork);
  return work;
}

/// Another run that ends removes the folders it leaves empty, and one that begins takes ours for a
/// dead run's until we hold the lock: then we begin again.
Status WorkFolder::make() {
  for (int attempt = 1;; ++attempt) {
    std::error_code error;
    fs::create_directories(path_, error);
    const bool created = !error;
    if (created) {
      lock_ = locked(path_ / kLock, O_CREAT);
      if (lock_ >= 0) return {};
      error = std::error_code(errno, std::generic_category());
    }
    const bool disturbed =
        error == std::errc::no_such_file_or_directory || error == std::errc::operation_would_block;
    if (!disturbed || attempt == kAttempts)
      return cannot(created ? "lock" : "create", path_, error);
    std::this_thread::sleep_for(kPause);
  }
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  // Without the lock the folder is another's, if anybody's.
  if (lock_ >= 0) fs::remove_all(path_, ignored);
  if (lock_ >= 0) close(lock_);
  // Only empty folders go: another run's work, or the table itself, stays.
  fs::remove(table_ / kWork, ignored);
  fs::remove(table_, ignored);
}

Result<fs::path> WorkFolder::add(const std::string& name) {
  std::error_code error;
  fs::create_directory(path_ / name, error);
  if (error) return cannot("create", path_ / name, error);
  return path_ / name;
}

}  // namespace quarentena
