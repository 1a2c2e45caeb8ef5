#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"
#include "store/remote_folder.h"

namespace quarentena::spark {

namespace fs = std::filesystem;

/// Who reads a place of S3: Hadoop's connector calls it `s3a://`, Databricks `s3://`.
enum class Reader { hadoop, databricks };

/// A URL of a store, or a folder of this machine, as Spark names it: never its default file
/// system's.
std::string spark_name(const std::string& location, Reader reader);

/// Where files pass between this machine and Spark. A path is one of this machine; what stands at
/// it is brought to the other side and back. Safe from several threads.
class Exchange {
 public:
  virtual ~Exchange() = default;
  Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// The file or folder as Spark names it.
  virtual std::string there(const fs::path& path) const = 0;
  /// Spark sees a file that was written here once this returns; it may be gone from here then.
  virtual Status give(const fs::path& file) const = 0;
  /// The Parquet files that Spark wrote into `folder` are here once this returns.
  virtual Status fetch(const fs::path& folder) const = 0;
  /// Nobody reads the folder any more.
  virtual void drop(const fs::path& folder) const noexcept = 0;
};

/// Both see the same folders at the same paths.
std::unique_ptr<Exchange> shared_folder();

/// Files pass through `through`, in which a folder `name` is this exchange's own: removed with it;
/// so are those of exchanges that died days ago. `location` is where `through` is ("s3://bucket/a",
/// "/Volumes/c/s/v/a") and `here` the folder of this machine that stands for `name`.
struct RemoteExchange {
  std::shared_ptr<const RemoteFolder> through;
  std::string location;
  std::string name;
  fs::path here;
  Reader reader = Reader::hadoop;
};
std::unique_ptr<Exchange> remote_exchange(RemoteExchange options);

}  // namespace quarentena::spark
