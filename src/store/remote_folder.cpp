#include "store/remote_folder.h"

#include <fmt/format.h>

#include <optional>

#include "base/files.h"
#include "base/slashes.h"
#include "net/databricks_auth.h"
#include "net/databricks_client.h"
#include "store/new_object.h"
#include "store/open_store.h"

namespace quarentena {
namespace {

constexpr std::string_view kVolumes = "volumes://";

class StoreFolder final : public RemoteFolder {
 public:
  StoreFolder(std::shared_ptr<const ObjectStore> store, std::string path, StopFlag stop)
      : store_(std::move(store)), base_(std::move(path)), stop_(stop) {
    if (!base_.empty()) base_ += '/';
  }

  std::string name_of(const std::string& relative) const override {
    return store_->name_of(base_ + relative);
  }

  Status put(const std::filesystem::path& file, const std::string& relative) const override {
    TRY_STATUS(check_relative(relative));
    return store_->upload(file, base_ + relative, stop_);
  }

  Result<PutNew> put_new(const std::filesystem::path& file,
                         const std::string& relative) const override {
    TRY_STATUS(check_relative(relative));
    return put_new_object(*store_, file, base_ + relative, stop_);
  }

  Status get(const std::string& relative, const std::filesystem::path& file) const override {
    TRY_STATUS(check_relative(relative));
    TRY_ASSIGN(const auto object, store_->find(base_ + relative, stop_));
    if (!object) return fail(ErrorKind::missing, fmt::format("nothing at {}", name_of(relative)));
    return store_->download({{*object, file}}, stop_);
  }

  Result<std::vector<RemoteEntry>> list(const std::string& below) const override {
    if (!below.empty()) TRY_STATUS(check_relative(below));
    TRY_ASSIGN(const auto objects,
               store_->list(below.empty() ? base_ : base_ + below + "/", stop_));
    std::vector<RemoteEntry> entries;
    for (const auto& object : objects)
      entries.push_back({object.path.substr(base_.size()), object.size_bytes, object.modified_ms});
    return entries;
  }

  Status remove(const std::string& relative) const override {
    TRY_STATUS(check_relative(relative));
    return store_->remove(base_ + relative);
  }

 private:
  std::shared_ptr<const ObjectStore> store_;
  std::string base_;  ///< empty, or with a slash at its end
  StopFlag stop_;
};

}  // namespace

Status check_relative(const std::string& relative) {
  const auto why = why_not_below(relative);
  if (why.empty()) return {};
  return fail(ErrorKind::config,
              fmt::format("'{}' is not a file's path in a folder: {}", relative, why));
}

std::shared_ptr<const RemoteFolder> store_folder(std::shared_ptr<const ObjectStore> store,
                                                 std::string path, StopFlag stop) {
  return std::make_shared<StoreFolder>(std::move(store), std::move(path), stop);
}

bool is_remote_folder(const std::string& location) {
  return location.starts_with(kVolumes) || is_object_store(location);
}

Result<std::shared_ptr<const RemoteFolder>> open_remote_folder(
    const std::string& location, const std::map<std::string, std::string>& auth, StopFlag stop) {
  if (location.starts_with(kVolumes)) {
    TRY_ASSIGN(auto login, databricks_login(auth, stop));
    return volume_folder(DatabricksClient::of(std::move(login)), location.substr(kVolumes.size()),
                         stop);
  }
  if (!is_object_store(location))
    return fail(ErrorKind::config, fmt::format("'{}' is not a folder elsewhere", location),
                "write s3://, abfss://, gs:// or volumes://");
  TRY_ASSIGN(auto store, open_store(location, auth, stop));
  return store_folder(std::move(store), without_slash(split_store_path(location).path), stop);
}

}  // namespace quarentena
