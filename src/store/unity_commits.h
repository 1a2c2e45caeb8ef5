#pragma once

#include <atomic>
#include <memory>

#include "net/unity_catalog.h"
#include "store/commit_catalog.h"

namespace quarentena {

/// The commits of a table that a Unity Catalog decides on, by its Delta API: `delta/v1`, and
/// `delta/preview/commits` where the server has only that one. Errors beside the usual: auth names
/// the permission to ask for. `stop` may be null and must outlive it.
std::shared_ptr<const CommitCatalog> unity_commits(std::shared_ptr<DatabricksClient> client,
                                                   const TableName& name, const CatalogTable& table,
                                                   const std::atomic<bool>* stop = nullptr);

}  // namespace quarentena
