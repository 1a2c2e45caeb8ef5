#include "run/table_store.h"

#include "base/slashes.h"
#include "run/partition_path.h"
#include "run/rejects.h"
#include "store/object_store.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

/// `folder` and those above it that are left without anything, up to `top`, which stays.
void remove_empty(fs::path folder, const fs::path& top) noexcept {
  std::error_code error;
  for (; folder != top && folder.has_relative_path(); folder = folder.parent_path())
    if (!fs::remove(folder, error) && error) return;
}

/// Renames `file` to `target`, whose folders are made, and unmade when that fails. Another run may
/// take an empty one away just before the rename.
Status move_in(const fs::path& file, const fs::path& target, const fs::path& top) {
  std::error_code error;
  for (int attempt = 0; attempt < 5; ++attempt) {
    fs::create_directories(target.parent_path(), error);
    if (!error) fs::rename(file, target, error);
    if (!error) return {};
    if (error != std::errc::no_such_file_or_directory) break;
  }
  remove_empty(target.parent_path(), top);
  return cannot("write", target, error);
}

class LocalTable final : public TableStore {
 public:
  explicit LocalTable(fs::path table) : table_(std::move(table)) {}

  Result<std::unique_ptr<WorkFolder>> work_folder(const std::string& run_id) override {
    // Beside the data, so that putting a file in place is a rename.
    return WorkFolder::create(table_, run_id);
  }

  Status put(const fs::path& file, const std::string& relative) override {
    return move_in(file, table_ / relative, table_);
  }

  void take_back(const std::string& relative) noexcept override {
    const auto path = table_ / relative;
    std::error_code ignored;
    fs::remove(path, ignored);
    remove_empty(path.parent_path(), table_);
  }

  /// No engine writes into a table on this machine.
  void clear(const std::string&, const std::set<std::string>&) noexcept override {}

  Status replace_rejects(const fs::path& file, const std::string& partition,
                         const std::string& name) override {
    const auto root = rejects();
    const auto folder = root / partition;
    std::error_code error;
    fs::remove_all(folder, error);
    if (error) return cannot("empty", folder, error);
    if (!file.empty()) return move_in(file, folder / name, root.parent_path());
    remove_empty(folder.parent_path(), root.parent_path());
    return {};
  }

  Status remove_other_rejects(const std::string& day,
                              const std::set<std::string>& partitions) override {
    const auto folder = rejects() / day;
    std::error_code error;
    std::vector<fs::path> others;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error))
      if (!partitions.count(day + "/" + entry->path().filename().string()))
        others.push_back(entry->path());
    for (const auto& other : others) {
      fs::remove_all(other, error);
      if (error) return cannot("remove", other, error);
    }
    if (!others.empty()) remove_empty(folder, rejects().parent_path());
    return {};
  }

 private:
  fs::path rejects() const { return rejects_location(table_.string()); }

  fs::path table_;
};

class RemoteTable final : public TableStore {
 public:
  RemoteTable(const TableAt& at, fs::path staging, StopFlag stop)
      : store_(at.store),
        table_(without_slash(split_store_path(at.location).path)),
        staging_(std::move(staging)),
        stop_(stop) {}

  Result<std::unique_ptr<WorkFolder>> work_folder(const std::string& run_id) override {
    return WorkFolder::create(staging_, run_id);
  }

  Status put(const fs::path& file, const std::string& relative) override {
    return store_->upload(file, table_ + "/" + relative, stop_);
  }

  void take_back(const std::string& relative) noexcept override {
    // One that stays is not in the log: it costs space, no more.
    static_cast<void>(store_->remove(table_ + "/" + relative));
  }

  void clear(const std::string& folder, const std::set<std::string>& but) noexcept override {
    const auto there = store_->list(table_ + "/" + folder + "/");
    if (!there) return;  // as above
    for (const auto& object : *there)
      if (!but.count(object.path.substr(table_.size() + 1)))
        static_cast<void>(store_->remove(object.path));
  }

  Status replace_rejects(const fs::path& file, const std::string& partition,
                         const std::string& name) override {
    const auto folder = rejects_location(table_) + "/" + partition + "/";
    TRY_ASSIGN(const auto old, store_->list(folder, stop_));
    if (!file.empty()) TRY_STATUS(store_->upload(file, folder + name, stop_));
    for (const auto& object : old)
      if (object.path != folder + name) TRY_STATUS(store_->remove(object.path));
    return {};
  }

  Status remove_other_rejects(const std::string& day,
                              const std::set<std::string>& partitions) override {
    const auto root = rejects_location(table_) + "/";
    TRY_ASSIGN(const auto there, store_->list(root + day + "/", stop_));
    for (const auto& object : there) {
      const auto partition = fs::path(object.path.substr(root.size())).parent_path().string();
      if (!partitions.count(partition)) TRY_STATUS(store_->remove(object.path));
    }
    return {};
  }

 private:
  std::shared_ptr<const ObjectStore> store_;
  std::string table_;
  fs::path staging_;
  StopFlag stop_;
};

}  // namespace

std::unique_ptr<TableStore> table_store_at(const TableAt& at, const fs::path& staging,
                                           StopFlag stop) {
  if (at.store) return std::make_unique<RemoteTable>(at, staging, stop);
  return std::make_unique<LocalTable>(at.location);
}

PlacedFiles::~PlacedFiles() {
  if (!kept_) {
    for (const auto& relative : placed_) store_.take_back(relative);
    taken_.clear();
  }
  for (const auto& folder : written_) store_.clear(folder, taken_);
}

void PlacedFiles::take(NewFile file, const std::string& folder) {
  const auto relative = folder + "/" + file.path;
  taken_.insert(relative);
  file.path = uri_encoded(relative);
  files_.push_back(std::move(file));
}

Status PlacedFiles::place(NewFile file, const fs::path& folder, const std::string& name) {
  const auto relative = partition_path(day_, *file.partition.at("canal")) + "/" + name;
  TRY_STATUS(store_.put(folder / file.path, relative));
  placed_.push_back(relative);
  file.path = uri_encoded(relative);
  files_.push_back(std::move(file));
  return {};
}

}  // namespace quarentena
