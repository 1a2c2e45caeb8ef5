#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/slashes.h"
#include "net/databricks_client.h"
#include "store/remote_folder.h"

/// A folder of a Unity Catalog volume, through the Files API of Databricks.
namespace quarentena {
namespace {

using nlohmann::json;

constexpr int kDeepest = 32;
constexpr std::ptrdiff_t kVolumeSlashes = 2;  // catalog/schema/volume

class VolumeFolder final : public RemoteFolder {
 public:
  VolumeFolder(std::shared_ptr<DatabricksClient> client, std::string path, StopFlag stop)
      : client_(std::move(client)), base_(std::move(path)), stop_(stop) {}

  std::string name_of(const std::string& relative) const override {
    return fmt::format("{}/Volumes/{}", client_->host(), at(relative));
  }

  Status put(const std::filesystem::path& file, const std::string& relative) const override {
    TRY_STATUS(check_relative(relative));
    TRY_STATUS(make_parent(relative));
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error)
      return fail(ErrorKind::machine,
                  fmt::format("cannot read {}: {}", file.string(), error.message()));
    TRY_ASSIGN(const HttpResponse response, upload(file, relative, "true"));
    if (!response.ok()) return refused("write", relative, response);
    // Not every proxy between tells of a body that it cut.
    TRY_ASSIGN(const auto there, size_of(relative));
    if (there && *there == static_cast<std::int64_t>(size)) return {};
    return fail(ErrorKind::transient,
                fmt::format("{} has {} bytes after {} were sent", name_of(relative),
                            there.value_or(0), size),
                "somebody else writes there, or a proxy cut it; run again");
  }

  Result<PutNew> put_new(const std::filesystem::path& file,
                         const std::string& relative) const override {
    TRY_STATUS(check_relative(relative));
    TRY_STATUS(make_parent(relative));
    TRY_ASSIGN(const HttpResponse response, upload(file, relative, "false"));
    if (response.status == 409) return PutNew::taken;
    if (!response.ok()) return refused("write", relative, response);
    return PutNew::done;
  }

  Status get(const std::string& relative, const std::filesystem::path& file) const override {
    TRY_STATUS(check_relative(relative));
    TRY_ASSIGN(const auto size, size_of(relative));
    if (!size) return fail(ErrorKind::missing, fmt::format("nothing at {}", name_of(relative)));
    if (*size == 0) return make_empty(file);
    const auto request = [this, path = api("files", relative)] {
      return client_->request("GET", path, {}, stop_);
    };
    HttpDownload what;
    TRY_ASSIGN(what.request, request());
    what.part = file.string() + ".part";
    if (*size > 0) what.expected_size = *size;
    what.retry = client_->limits().retry;
    if (client_->renewable())
      what.renew = [request, this] {
        client_->renew();
        return request();
      };
    TRY_ASSIGN(const auto done, download(what));
    static_cast<void>(done);
    return move_to(what.part, file);
  }

  Result<std::vector<RemoteEntry>> list(const std::string& below) const override {
    if (!below.empty()) TRY_STATUS(check_relative(below));
    std::vector<RemoteEntry> entries;
    TRY_STATUS(list_into(below, 0, entries));
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.relative < b.relative; });
    return entries;
  }

  Status remove(const std::string& relative) const override {
    TRY_STATUS(check_relative(relative));
    TRY_ASSIGN(const HttpResponse response,
               client_->call("DELETE", api("files", relative), {}, stop_));
    if (response.ok() || response.status == 404) return {};
    return refused("remove", relative, response);
  }

 private:
  std::string at(const std::string& relative) const {
    return relative.empty() ? base_ : base_ + "/" + relative;
  }
  std::string api(const char* kind, const std::string& relative) const {
    return fmt::format("/api/2.0/fs/{}/Volumes/{}", kind,
                       percent_encoded(at(relative), Slash::keep));
  }

  tl::unexpected<Error> refused(const char* doing, const std::string& relative,
                                const HttpResponse& response) const {
    auto error = client_->error_of(fmt::format("{} {}", doing, name_of(relative)), response);
    if (response.status == 403 || response.status == 404) {
      auto volume = base_.substr(0, base_.find('/', base_.find('/', base_.find('/') + 1) + 1));
      std::replace(volume.begin(), volume.end(), '/', '.');
      error.hint = fmt::format(
          "is there a volume {}? ask for READ VOLUME and WRITE VOLUME on it, and USE SCHEMA and "
          "USE "
          "CATALOG above it",
          volume);
    }
    return tl::unexpected<Error>(std::move(error));
  }

  /// With the folders above it; the API takes those that are there for done.
  Status make_parent(const std::string& relative) const {
    const auto slash = relative.rfind('/');
    const auto parent = slash == std::string::npos ? "" : relative.substr(0, slash);
    if (at(parent) == base_ && std::count(base_.begin(), base_.end(), '/') == kVolumeSlashes)
      return {};  // the volume itself
    {
      const std::lock_guard lock(mutex_);
      if (made_.contains(parent)) return {};
    }
    TRY_ASSIGN(const HttpResponse response,
               client_->call("PUT", api("directories", parent), {}, stop_));
    if (!response.ok()) return refused("make", parent, response);
    const std::lock_guard lock(mutex_);
    made_.insert(parent);
    return {};
  }

  /// A token that ended is renewed once.
  Result<HttpResponse> upload(const std::filesystem::path& file, const std::string& relative,
                              const char* overwrite) const {
    for (bool renewed = false;; renewed = true) {
      TRY_ASSIGN(
          HttpRequest request,
          client_->request("PUT", api("files", relative) + "?overwrite=" + overwrite, {}, stop_));
      request.headers.emplace_back("Content-Type", "application/octet-stream");
      request.body_file = file;
      TRY_ASSIGN(HttpResponse response, send(request, client_->limits().retry));
      if (response.status != 401 || renewed || !client_->renew()) return response;
    }
  }

  /// nullopt: no such file. -1: the server does not say.
  Result<std::optional<std::int64_t>> size_of(const std::string& relative) const {
    TRY_ASSIGN(const HttpResponse response,
               client_->call("HEAD", api("files", relative), {}, stop_));
    if (response.status == 404) return std::nullopt;
    if (!response.ok()) return refused("read", relative, response);
    const auto& size = response.header("content-length");
    return size.empty() ? -1 : std::strtoll(size.c_str(), nullptr, 10);
  }

  /// A download of nothing is an error elsewhere, for there it would be a broken delivery.
  static Status make_empty(const std::filesystem::path& file) {
    std::FILE* const made = std::fopen(file.c_str(), "wbe");
    if (made && std::fclose(made) == 0) return {};
    return fail(ErrorKind::machine,
                fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)));
  }

  static Status move_to(const std::filesystem::path& part, const std::filesystem::path& file) {
    std::error_code error;
    std::filesystem::rename(part, file, error);
    if (error)
      return fail(ErrorKind::machine,
                  fmt::format("cannot write {}: {}", file.string(), error.message()));
    std::filesystem::remove(part.string() + ".json", error);
    return {};
  }

  Status list_into(const std::string& folder, int depth, std::vector<RemoteEntry>& out) const {
    std::string page;
    std::vector<std::string> folders;
    do {
      auto address = api("directories", folder);
      if (!page.empty()) address += "?page_token=" + percent_encoded(page);
      TRY_ASSIGN(const HttpResponse response, client_->call("GET", address, {}, stop_));
      if (response.status == 404) return {};
      if (!response.ok()) return refused("list", folder, response);
      const auto answer = json::parse(response.body, nullptr, false);
      const auto contents = answer.is_object() ? answer.value("contents", json::array()) : json();
      if (!contents.is_array() || !take_page(contents, folder, folders, out))
        return fail(ErrorKind::data,
                    fmt::format("{} answered something that is no list of files", name_of(folder)),
                    "is `host` the address of a Databricks workspace?");
      const auto next = answer.value("next_page_token", std::string());
      if (!next.empty() && next == page)
        return fail(ErrorKind::transient,
                    fmt::format("{} lists the same page again", name_of(folder)));
      page = next;
    } while (!page.empty());
    if (depth == kDeepest) return {};
    for (const auto& each : folders) TRY_STATUS(list_into(each, depth + 1, out));
    return {};
  }

  /// False: an entry without a usable name.
  static bool take_page(const json& contents, const std::string& folder,
                        std::vector<std::string>& folders, std::vector<RemoteEntry>& out) {
    for (const auto& each : contents) {
      if (!each.is_object() || !each.contains("name") || !each["name"].is_string()) return false;
      const auto name = each["name"].get<std::string>();
      if (!check_relative(name) || name.find('/') != std::string::npos) return false;
      auto relative = folder.empty() ? name : folder + "/" + name;
      if (each.value("is_directory", false))
        folders.push_back(std::move(relative));
      else
        out.push_back({std::move(relative), each.value("file_size", std::int64_t{0}),
                       each.value("last_modified", std::int64_t{0})});
    }
    return true;
  }

  std::shared_ptr<DatabricksClient> client_;
  std::string base_;
  StopFlag stop_;
  mutable std::mutex mutex_;
  mutable std::set<std::string> made_;
};

}  // namespace

Result<std::shared_ptr<const RemoteFolder>> volume_folder(std::shared_ptr<DatabricksClient> client,
                                                          std::string path, StopFlag stop) {
  path = without_slash(std::move(path));
  if (!check_relative(path) || std::count(path.begin(), path.end(), '/') < kVolumeSlashes)
    return fail(ErrorKind::config, fmt::format("'volumes://{}' is not a folder of a volume", path),
                "write volumes://catalog/schema/volume/folder");
  return std::make_shared<VolumeFolder>(std::move(client), std::move(path), stop);
}

}  // namespace quarentena
