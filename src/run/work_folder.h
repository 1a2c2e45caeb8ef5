#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "table/table.h"

namespace quarentena {

/// Where a run writes before it commits: `<table>/_quarentena/<run_id>`, beside the data so that
/// moving a finished file into place is a rename, and hidden from Delta's readers by its
/// underscore. A lock on a file in it says that its run is alive; whoever comes later removes the
/// folders of dead runs, so a killed run leaves nothing to clean up by hand. Removed by the
/// destructor.
class WorkFolder {
 public:
  /// Errors: auth (no permission), machine (disk full).
  static Result<std::unique_ptr<WorkFolder>> create(const std::filesystem::path& table,
                                                    const std::string& run_id);
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// A new folder in it.
  Result<std::filesystem::path> add(const std::string& name);

 private:
  WorkFolder() = default;
  std::filesystem::path table_;
  std::filesystem::path path_;
  int lock_ = -1;
};

/// Data files moved to their place under the table but not in its log yet: removed again by the
/// destructor unless keep() was called.
class PlacedFiles {
 public:
  PlacedFiles(std::filesystem::path table, Date data_carga)
      : table_(std::move(table)), day_(data_carga) {}
  ~PlacedFiles();
  PlacedFiles(const PlacedFiles&) = delete;
  PlacedFiles& operator=(const PlacedFiles&) = delete;

  /// Moves `file` (whose path is relative to `folder`) to its partition's folder under a name of
  /// its own; afterwards its path is relative to the table, URI-encoded as Delta's log wants it.
  Status place(NewFile file, const std::filesystem::path& folder, const std::string& name);
  const std::vector<NewFile>& files() const { return files_; }
  void keep() { kept_ = true; }

 private:
  std::filesystem::path table_;
  Date day_;
  std::vector<NewFile> files_;
  std::vector<std::filesystem::path> paths_;
  bool kept_ = false;
};

}  // namespace quarentena
