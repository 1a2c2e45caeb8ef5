#include "run/work_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

namespace quarentena {
namespace fs = std::filesystem;
namespace {

constexpr const char* kWork = "_quarentena";
constexpr const char* kLock = "lock";

/// The run that made `folder` is gone: nobody holds its lock. A folder without a lock file is one
/// whose run is about to make it, or died right then: an hour tells.
bool is_dead(const fs::path& folder) {
  const int fd = open((folder / kLock).c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) {
    std::error_code error;
    const auto age = fs::file_time_type::clock::now() - fs::last_write_time(folder, error);
    return !error && age > std::chrono::hours(1);
  }
  const bool free = flock(fd, LOCK_EX | LOCK_NB) == 0;
  close(fd);
  return free;
}

void remove_dead(const fs::path& work) {
  std::error_code error;
  for (fs::directory_iterator entry(work, error), end; !error && entry != end;
       entry.increment(error))
    if (is_dead(entry->path())) {
      std::error_code ignored;
      fs::remove_all(entry->path(), ignored);
    }
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
  std::error_code error;
  fs::create_directories(work->path_, error);
  if (error) return cannot("create", work->path_, error);
  work->lock_ = open((work->path_ / kLock).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (work->lock_ < 0 || flock(work->lock_, LOCK_EX | LOCK_NB) != 0)
    return cannot("lock", work->path_, std::error_code(errno, std::generic_category()));
  remove_dead(table / kWork);
  return work;
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
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
