#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/error.h"
#include "net/unity_catalog.h"
#include "store/object_store.h"

namespace quarentena {

/// Where a table of a Unity Catalog keeps its files.
struct CatalogStorage {
  std::string location;                ///< absolute path, or a URL on `store`
  std::shared_ptr<ObjectStore> store;  ///< null: this machine
};

using AskCredentials = std::function<Result<TemporaryCredentials>()>;

/// Opens the storage at `url` (`file:///...`, `s3://...`, `abfss://...`, `gs://...`) with what
/// `ask` gives: asked now, so that a missing permission is told here, and again before it ends. A
/// catalog that gives none leaves it to the keys of the store in `auth` and to what open_store
/// finds. `auth` also says `region` and `endpoint`. `stop` may be null and must outlive the store.
Result<CatalogStorage> open_catalog_storage(const std::string& url,
                                            const std::map<std::string, std::string>& auth,
                                            AskCredentials ask,
                                            const std::atomic<bool>* stop = nullptr,
                                            const StoreLimits& limits = {});

/// As the catalog writes it: an absolute path becomes `file://...`.
std::string catalog_url(const std::string& location);

}  // namespace quarentena
