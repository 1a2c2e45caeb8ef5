#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

struct qn_store;

/// Object stores: a bucket of S3 (or what speaks like it), a container of ADLS, a bucket of GCS.
namespace quarentena {

/// Credentials that end. Only the fields of the store's own kind are set.
struct StoreCredentials {
  std::string key_id, secret_key, session_token;  ///< S3; the token may be empty
  std::string sas_token;                          ///< ADLS
  std::string bearer;                             ///< ADLS without a SAS, GCS
  std::optional<std::int64_t> expires_ms;         ///< Unix time; empty: they last
};

/// Asked when credentials are first needed and again before they end, from any thread, one call at
/// a time.
using GiveCredentials = std::function<Result<StoreCredentials>()>;

/// How patient to be with the store, and how many connections its files may take at once, over all
/// stores of the same host in this process.
struct StoreLimits {
  std::chrono::milliseconds connect{10'000};
  std::chrono::milliseconds stall{60'000};
  std::chrono::milliseconds patience{180'000};  ///< for Retry-After; a longer one is not waited for
  int max_connections = 12;
};

struct StoreOptions {
  std::string url;  ///< `s3://bucket`, `abfss://c@a.dfs...`, `gs://bucket`
  std::map<std::string, std::string> settings;  ///< object_store's own keys; may hold secrets
  GiveCredentials credentials;                  ///< empty: the settings hold them
  std::string ca_file;  ///< PEM of more authorities; empty: the system's only
  StoreLimits limits;
};

struct StoredObject {
  std::string path;  ///< the key, without a leading slash
  std::int64_t size_bytes = 0;
  std::string etag;  ///< changes with the contents; empty: the store gives none
  std::int64_t modified_ms = 0;
};

struct Download {
  StoredObject object;
  std::filesystem::path target;
};

using StopFlag = const std::atomic<bool>*;  ///< may be null

/// Calls block, and retry what is transient (bounded, with backoff and jitter, Retry-After
/// honoured); errors left after that are auth (wrong credentials, never retried), missing (no such
/// bucket), transient, config (another region), machine (`stop` was set, disk full). They name the
/// place, never a secret. Safe from several threads.
class ObjectStore {
 public:
  /// Speaks with no server yet.
  static Result<std::shared_ptr<ObjectStore>> open(StoreOptions options);
  ~ObjectStore();
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;

  const std::string& url() const { return url_; }
  /// `s3://bucket/path`, for people.
  std::string name_of(const std::string& path) const;

  /// The objects whose path begins with `beginning`, by path; those named like folders are left
  /// out.
  Result<std::vector<StoredObject>> list(const std::string& beginning,
                                         StopFlag stop = nullptr) const;
  Result<std::optional<StoredObject>> find(const std::string& path, StopFlag stop = nullptr) const;
  /// In ranges side by side; a target is there whole or not at all, what came of it before a
  /// failure is kept as `<target>.part` and not fetched again.
  Status download(const std::vector<Download>& objects, StopFlag stop = nullptr) const;
  /// After a failure no object is left, nor parts of one.
  Status upload(const std::filesystem::path& file, const std::string& path,
                StopFlag stop = nullptr) const;
  /// An object that is not there is no error.
  Status remove(const std::string& path) const;

  /// For native/'s Delta calls.
  const qn_store* handle() const { return handle_; }

 private:
  ObjectStore(std::string url, qn_store* handle) : url_(std::move(url)), handle_(handle) {}
  std::string url_;  // without a slash at its end
  qn_store* handle_;
};

/// "s3", "abfss" and "gs" are object stores.
bool is_object_store(const std::string& location);

/// `s3://bucket/a/b` -> {`s3://bucket`, `a/b`}.
struct StorePath {
  std::string url;
  std::string path;
};
StorePath split_store_path(const std::string& location);

}  // namespace quarentena
