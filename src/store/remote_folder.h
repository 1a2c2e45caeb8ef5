#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "store/object_store.h"

namespace quarentena {

class DatabricksClient;

struct RemoteEntry {
  std::string relative;  ///< to the folder, parts by '/'
  std::int64_t size_bytes = 0;
  std::int64_t modified_ms = 0;  ///< 0: the store does not say
};

/// Of a file that is to be put only where none is.
enum class PutNew {
  done,
  /// Something is there, and stays. It may be our own: an answer that was lost is asked for again.
  taken,
};

/// A folder elsewhere that keeps files of ours: put there, listed and brought back. A file is there
/// whole or not at all, but several are not put in one step: put the one that stands for the rest
/// (a manifest) last, and remove it first. Folders are made when needed and mean nothing by
/// themselves. Relative paths are UTF-8 parts by '/', none of them empty, "." or ".." (else
/// config). Calls block and retry what is transient, bounded; errors left are auth (the hint names
/// the permission), transient, missing, config, machine (stopped, disk full); they name the place,
/// never a secret. Safe from several threads.
class RemoteFolder {
 public:
  virtual ~RemoteFolder() = default;
  RemoteFolder() = default;
  RemoteFolder(const RemoteFolder&) = delete;
  RemoteFolder& operator=(const RemoteFolder&) = delete;

  /// "s3://bucket/a", "https://host/Volumes/c/s/v/a"; for people.
  virtual std::string name_of(const std::string& relative) const = 0;

  /// Replaces what is there. Streamed: memory does not grow with the file.
  virtual Status put(const std::filesystem::path& file, const std::string& relative) const = 0;
  /// A small file, only where none is; of several at once one wins.
  virtual Result<PutNew> put_new(const std::filesystem::path& file,
                                 const std::string& relative) const = 0;
  /// `file` is there whole (written as `<file>.part`, renamed) or not at all; what came of it
  /// before a failure is not fetched again. Its parent exists. Missing: nothing there of that name.
  virtual Status get(const std::string& relative, const std::filesystem::path& file) const = 0;
  /// All files below the folder `below` ("": all), by path. A folder that is not there is empty.
  virtual Result<std::vector<RemoteEntry>> list(const std::string& below = {}) const = 0;
  /// One file; that it is not there is no error.
  virtual Status remove(const std::string& relative) const = 0;
};

/// `path` is a key without slashes around it; may be empty. `stop` may be null and must outlive it,
/// here and below.
std::shared_ptr<const RemoteFolder> store_folder(std::shared_ptr<const ObjectStore> store,
                                                 std::string path, StopFlag stop = nullptr);

/// `path` is "catalog/schema/volume/folder" as in `volumes://`. Error: config, when it names no
/// volume.
Result<std::shared_ptr<const RemoteFolder>> volume_folder(std::shared_ptr<DatabricksClient> client,
                                                          std::string path,
                                                          StopFlag stop = nullptr);

/// "s3", "abfss", "gs" and "volumes" are folders elsewhere.
bool is_remote_folder(const std::string& location);
/// Opens `location` with `auth` as a source's (see open_store and databricks_login); no server is
/// asked yet. Errors: config, auth.
Result<std::shared_ptr<const RemoteFolder>> open_remote_folder(
    const std::string& location, const std::map<std::string, std::string>& auth,
    StopFlag stop = nullptr);

/// Config, unless every part is a name.
Status check_relative(const std::string& relative);

}  // namespace quarentena
