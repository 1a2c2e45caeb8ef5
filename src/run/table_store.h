#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/date.h"
#include "base/error.h"
#include "run/work_folder.h"
#include "table/table.h"

namespace quarentena {

/// The files of the published table and of its rejects, wherever they live: a folder of this
/// machine, or an object store. Paths are relative to the table. Nothing here touches its log.
class TableStore {
 public:
  virtual ~TableStore() = default;
  TableStore() = default;
  TableStore(const TableStore&) = delete;
  TableStore& operator=(const TableStore&) = delete;

  /// Where a run writes before it commits; always on this machine.
  virtual Result<std::unique_ptr<WorkFolder>> work_folder(const std::string& run_id) = 0;
  /// Brings a finished file to its place, whole or not at all. A local one is moved.
  virtual Status put(const std::filesystem::path& file, const std::string& relative) = 0;
  /// Removes what put() placed and no commit names.
  virtual void take_back(const std::string& relative) noexcept = 0;
  /// Removes from a folder that an engine wrote into the table what is not in `but`.
  virtual void clear(const std::string& folder, const std::set<std::string>& but) noexcept = 0;
  /// Puts `file` (empty: nothing) in place of all rejects of a partition; `name` is its own.
  virtual Status replace_rejects(const std::filesystem::path& file, const std::string& partition,
                                 const std::string& name) = 0;
  /// Removes the rejects of a day (`data_carga=2024-05-28`) that are in none of `partitions`.
  virtual Status remove_other_rejects(const std::string& day,
                                      const std::set<std::string>& partitions) = 0;
};

/// `staging` holds the work of a table that is on an object store. `stop` may be null.
std::unique_ptr<TableStore> table_store_at(const TableAt& at, const std::filesystem::path& staging,
                                           const std::atomic<bool>* stop);

/// Data files at their place under the table but not in its log yet: taken back by the destructor
/// unless keep() was called. One thread at a time.
class PlacedFiles {
 public:
  PlacedFiles(TableStore& store, Date data_carga) : store_(store), day_(data_carga) {}
  ~PlacedFiles();
  PlacedFiles(const PlacedFiles&) = delete;
  PlacedFiles& operator=(const PlacedFiles&) = delete;

  /// Puts `file` (whose path is relative to `folder`) into its partition's folder under a name of
  /// its own; afterwards its path is relative to the table, URI-encoded as Delta's log wants it.
  Status place(NewFile file, const std::filesystem::path& folder, const std::string& name);
  /// An engine is going to write into `folder` of the table: what is not taken from there goes.
  void expect(std::string folder) { written_.push_back(std::move(folder)); }
  /// A file, by its path in such a folder.
  void take(NewFile file, const std::string& folder);
  const std::vector<NewFile>& files() const { return files_; }
  void keep() { kept_ = true; }

 private:
  TableStore& store_;
  Date day_;
  std::vector<NewFile> files_;
  std::vector<std::string> placed_;
  std::vector<std::string> written_;  ///< folders
  std::set<std::string> taken_;       ///< of files_, those in such a folder
  bool kept_ = false;
};

}  // namespace quarentena
