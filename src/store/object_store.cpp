#include "store/object_store.h"

#include <fmt/format.h>
#include <quarentena_native.h>

#include <nlohmann/json.hpp>

#include "base/slashes.h"
#include "store/digested_download.h"
#include "store/native_error.h"
#include "store/read_range.h"

namespace quarentena {
namespace {

using nlohmann::json;

constexpr int kMaxRetries = 6;

/// A byte that native/ reads atomically: what std::atomic<bool> is on every machine we build for.
static_assert(sizeof(std::atomic<bool>) == 1 && std::atomic<bool>::is_always_lock_free);
const unsigned char* byte_of(StopFlag stop) { return reinterpret_cast<const unsigned char*>(stop); }

std::int32_t status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::config:
      return QN_CONFIG;
    case ErrorKind::auth:
      return QN_AUTH;
    case ErrorKind::missing:
      return QN_MISSING;
    case ErrorKind::transient:
      return QN_TRANSIENT;
    case ErrorKind::data:
      return QN_DATA;
    case ErrorKind::conflict:
      return QN_CONFLICT;
    case ErrorKind::machine:
      return QN_MACHINE;
    case ErrorKind::bug:
      break;
  }
  return QN_BUG;
}

json to_json(const StoreCredentials& credentials) {
  json out = {{"key_id", credentials.key_id},
              {"secret_key", credentials.secret_key},
              {"bearer", credentials.bearer}};
  if (!credentials.session_token.empty()) out["token"] = credentials.session_token;
  if (!credentials.sas_token.empty()) out["sas_token"] = credentials.sas_token;
  if (credentials.expires_ms)
    out["expires_ms"] = std::max<std::int64_t>(0, *credentials.expires_ms);
  return out;
}

std::int32_t give_credentials(void* context, void (*give)(void*, const char*), void* sink) {
  const auto issued = (*static_cast<const GiveCredentials*>(context))();
  if (issued) {
    give(sink, to_json(*issued).dump().c_str());
    return QN_OK;
  }
  const auto& error = issued.error();
  // The hint travels along: only who looked for the credentials knows where they should be.
  give(sink, (error.hint.empty() ? error.what : error.what + "\n" + error.hint).c_str());
  return status_of(error.kind);
}

StoredObject object_from(const json& entry) {
  return {entry.at("path"), entry.at("size"), entry.at("etag"), entry.at("modified_ms")};
}

tl::unexpected<Error> failed(int status, char* text, const std::string& place) {
  return tl::unexpected<Error>(store_error(status, text, place));
}

}  // namespace

Result<std::shared_ptr<ObjectStore>> ObjectStore::open(StoreOptions options) {
  options.url = without_slash(std::move(options.url));
  const json settings = {{"url", options.url + "/"},
                         {"settings", options.settings},
                         {"connect_timeout_ms", options.limits.connect.count()},
                         {"stall_timeout_ms", options.limits.stall.count()},
                         {"max_retries", kMaxRetries},
                         {"patience_ms", options.limits.patience.count()},
                         {"max_connections", options.limits.max_connections},
                         {"ca_file", options.ca_file}};
  qn_credentials credentials{};
  if (options.credentials) {
    credentials.context = new GiveCredentials(std::move(options.credentials));
    credentials.get = give_credentials;
    credentials.release = [](void* context) { delete static_cast<GiveCredentials*>(context); };
  }
  qn_store* handle = nullptr;
  char* error = nullptr;
  const auto status = qn_store_open(settings.dump().c_str(),
                                    credentials.context ? &credentials : nullptr, &handle, &error);
  if (status != QN_OK) return failed(status, error, options.url);
  return std::shared_ptr<ObjectStore>(new ObjectStore(options.url, handle));
}

ObjectStore::~ObjectStore() { qn_store_close(handle_); }

std::string ObjectStore::name_of(const std::string& path) const { return url_ + "/" + path; }

Result<std::vector<StoredObject>> ObjectStore::list(const std::string& beginning,
                                                    StopFlag stop) const {
  char *text = nullptr, *error = nullptr;
  const auto status = qn_store_list(handle_, beginning.c_str(), byte_of(stop), &text, &error);
  if (status != QN_OK) return failed(status, error, name_of(beginning));
  std::vector<StoredObject> objects;
  for (const auto& entry : json::parse(take_native_text(text)))
    objects.push_back(object_from(entry));
  return objects;
}

Result<std::optional<StoredObject>> ObjectStore::find(const std::string& path,
                                                      StopFlag stop) const {
  char *text = nullptr, *error = nullptr;
  const auto status = qn_store_find(handle_, path.c_str(), byte_of(stop), &text, &error);
  if (status == QN_ABSENT) return std::nullopt;
  if (status != QN_OK) return failed(status, error, name_of(path));
  return object_from(json::parse(take_native_text(text)));
}

Status ObjectStore::download(const std::vector<Download>& objects, StopFlag stop) const {
  TRY_STATUS(digested_download(*this, objects, stop));
  return {};
}

Result<std::vector<std::string>> digested_download(const ObjectStore& store,
                                                   const std::vector<Download>& objects,
                                                   StopFlag stop) {
  json wanted = json::array();
  for (const auto& each : objects)
    wanted.push_back({{"path", each.object.path},
                      {"etag", each.object.etag},
                      {"size", each.object.size_bytes},
                      {"target", each.target.string()}});
  char* digests = nullptr;
  char* error = nullptr;
  const auto status =
      qn_store_download(store.handle(), wanted.dump().c_str(), byte_of(stop), &digests, &error);
  if (status != QN_OK) return failed(status, error, store.url());
  return json::parse(take_native_text(digests)).get<std::vector<std::string>>();
}

Result<std::string> read_range(const ObjectStore& store, const std::string& path,
                               const Range& range, StopFlag stop) {
  std::string bytes;
  const auto take = [](void* sink, const std::uint8_t* data, std::size_t size) {
    static_cast<std::string*>(sink)->assign(reinterpret_cast<const char*>(data), size);
  };
  char* error = nullptr;
  const auto status = qn_store_read(
      store.handle(), path.c_str(), static_cast<std::uint64_t>(range.from),
      static_cast<std::uint64_t>(range.size_bytes), byte_of(stop), &bytes, take, &error);
  if (status != QN_OK) return failed(status, error, store.name_of(path));
  return bytes;
}

Status ObjectStore::upload(const std::filesystem::path& file, const std::string& path,
                           StopFlag stop) const {
  char* error = nullptr;
  const auto status = qn_store_upload(handle_, file.c_str(), path.c_str(), byte_of(stop), &error);
  if (status != QN_OK) return failed(status, error, name_of(path));
  return {};
}

Status ObjectStore::remove(const std::string& path) const {
  char* error = nullptr;
  const auto status = qn_store_remove(handle_, path.c_str(), &error);
  if (status != QN_OK) return failed(status, error, name_of(path));
  return {};
}

bool is_object_store(const std::string& location) {
  const auto scheme = location.substr(0, std::min(location.find("://"), location.size()));
  return scheme != location && (scheme == "s3" || scheme == "abfss" || scheme == "gs");
}

StorePath split_store_path(const std::string& location) {
  const auto host = location.find("://") + 3;
  const auto slash = location.find('/', host);
  if (slash == std::string::npos) return {location, ""};
  auto path = location.substr(slash + 1);
  path.erase(0, path.find_first_not_of('/'));
  return {location.substr(0, slash), path};
}

}  // namespace quarentena
