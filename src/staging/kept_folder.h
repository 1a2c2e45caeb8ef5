#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "sources/delivery.h"

/// The files of kept deliveries: how they are written whole, and locked while somebody reads them.
namespace quarentena {

inline constexpr const char* kManifest = "manifest.json";
inline constexpr const char* kFiles = "files";

/// A lock on a delivery's folder; it ends with this object, and with the process however that ends.
class FolderLock {
 public:
  enum class How { shared, exclusive };
  /// Shared: waits for who writes or removes. Exclusive: null with errno EWOULDBLOCK when somebody
  /// reads. Null with errno ENOENT: the folder is not there, or not any more.
  static std::shared_ptr<FolderLock> take(const std::filesystem::path& folder, How how);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  /// Remembers that the delivery came again.
  void touch();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

/// A delivery while it is being kept: a hidden folder beside the kept ones, locked. Removed by the
/// destructor unless it was published; one of a killed process is removed by
/// remove_dead_drafts().
class Draft {
 public:
  /// `parent` is made when needed, for its owner alone. Errors: machine.
  static Result<Draft> make(const std::filesystem::path& parent);
  ~Draft();
  Draft(Draft&& other) noexcept;
  Draft& operator=(Draft&&) = delete;

  enum class Bring { link, copy };
  /// Adds a file as files/<name>; `link` becomes a copy where the file system cannot. Errors:
  /// machine, data (it is not the file any more that was fetched).
  Status add(const DeliveredFile& file, const std::string& name, Bring bring);
  /// Where files/<name> is to be written by somebody else.
  Result<std::filesystem::path> place_for(const std::string& name) const;
  /// The last file.
  Status add_manifest(const std::string& text);
  /// False: there is something at `target`.
  Result<bool> publish(const std::filesystem::path& target);

 private:
  Draft(std::filesystem::path path, int manifest) : path_(std::move(path)), manifest_(manifest) {}
  std::filesystem::path path_;
  int manifest_;  ///< its descriptor, locked
};

/// Removes `folder` if nobody reads it and, once it is locked, `goes` says so (which must take no
/// lock of its own). False: it stays.
bool remove_unless_read(const std::filesystem::path& folder, const std::function<bool()>& goes);

/// Removes the drafts below `parent` whose process is gone.
void remove_dead_drafts(const std::filesystem::path& parent);

/// When the file or folder was last changed; 0: it is not there.
std::int64_t modified_ms(const std::filesystem::path& path);

/// Writes all of it beside `file`, then renames. Errors: machine.
Status replace_text(const std::filesystem::path& file, const std::string& text);

}  // namespace quarentena
