#include "run/work_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "run/partition_path.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

constexpr const char* kWork = "_quarentena";
constexpr const char* kLock = "lock";

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

PlacedFiles::~PlacedFiles() {
  if (kept_) return;
  std::error_code ignored;
  for (const auto& path : paths_) {
    fs::remove(path, ignored);
    fs::remove(path.parent_path(), ignored);  // canal=..., if that leaves it empty
    fs::remove(path.parent_path().parent_path(), ignored);
  }
}

Status PlacedFiles::place(NewFile file, const fs::path& folder, const std::string& name) {
  const auto relative = partition_path(day_, *file.partition.at("canal")) + "/" + name;
  const auto target = table_ / relative;
  std::error_code error;
  fs::create_directories(target.parent_path(), error);
  if (!error) fs::rename(folder / file.path, target, error);
  if (error) return cannot("write", target, error);
  paths_.push_back(target);
  file.path = uri_encoded(relative);
  files_.push_back(std::move(file));
  return {};
}

}  // namespace quarentena
