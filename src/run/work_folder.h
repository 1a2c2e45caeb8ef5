#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "base/error.h"

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
  Status make();
  std::filesystem::path table_;
  std::filesystem::path path_;
  int lock_ = -1;
};

/// What the file system says of `path`, as an Error: auth (no permission) or machine.
tl::unexpected<Error> cannot(const char* verb, const std::filesystem::path& path,
                             const std::error_code& error);

}  // namespace quarentena
