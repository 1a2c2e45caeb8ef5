#include "run/table_store.h"

#include "run/partition_path.h"
#include "run/rejects.h"
#include "store/object_store.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

class LocalTable final : public TableStore {
 public:
  explicit LocalTable(fs::path table) : table_(std::move(table)) {}

  Result<std::unique_ptr<WorkFolder>> work_folder(const std::string& run_id) override {
    // Beside the data, so that putting a file in place is a rename.
    return WorkFolder::create(table_, run_id);
  }

  Status put(const fs::path& file, const std::string& relative) override {
    const auto target = table_ / relative;
    std::error_code error;
    fs::create_directories(target.parent_path(), error);
    if (!error) fs::rename(file, target, error);
    if (error) return cannot("write", target, error);
    return {};
  }

  void take_back(const std::string& relative) noexcept override {
    const auto path = table_ / relative;
    std::error_code ignored;
    fs::remove(path, ignored);
    fs::remove(path.parent_path(), ignored);  // canal=..., if that leaves it empty
    fs::remove(path.parent_path().parent_path(), ignored);
  }

  Status replace_rejects(const fs::path& file, const std::string& partition,
                         const std::string& name) override {
    const auto folder = fs::path(rejects_location(table_.string())) / partition;
    std::error_code error;
    fs::remove_all(folder, error);
    if (error || file.empty()) return error ? Status(cannot("empty", folder, error)) : Status();
    fs::create_directories(folder, error);
    if (!error) fs::rename(file, folder / name, error);
    if (error) return cannot("write", folder, error);
    return {};
  }

 private:
  fs::path table_;
};

class RemoteTable final : public TableStore {
 public:
  RemoteTable(const TableAt& at, fs::path staging, StopFlag stop)
      : store_(at.store),
        table_(split_store_path(at.location).path),
        staging_(std::move(staging)),
        stop_(stop) {
    while (table_.ends_with('/')) table_.pop_back();
  }

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

  Status replace_rejects(const fs::path& file, const std::string& partition,
                         const std::string& name) override {
    const auto folder = rejects_location(table_) + "/" + partition + "/";
    TRY_ASSIGN(const auto old, store_->list(folder, stop_));
    if (!file.empty()) TRY_STATUS(store_->upload(file, folder + name, stop_));
    for (const auto& object : old)
      if (object.path != folder + name) TRY_STATUS(store_->remove(object.path));
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
  if (kept_) return;
  for (const auto& relative : placed_) store_.take_back(relative);
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
