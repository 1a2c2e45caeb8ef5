#pragma once

#include <atomic>
#include <functional>

#include "config/plan.h"
#include "net/unity_catalog.h"
#include "table/table.h"

namespace quarentena {

/// Where `table:` of the configuration is.
struct PublishedTable {
  TableAt at;
  /// Makes it known where it must be known, once it is there and if it is not known yet: a table of
  /// `uc://` that the configuration lets us create is registered in its catalog. May be called
  /// again.
  std::function<Status()> announce = [] { return Status{}; };
};

/// Finds it, also through a Unity Catalog, whose credentials open its storage. A path is only
/// taken. Errors: those of UnityCatalog; missing when the catalog does not know the table and
/// `catalog.create` is not set, or when it is only going to be read; config when it is a Delta
/// table that is neither external nor catalog-managed, or none. `stop` may be null and must outlive
/// the table.
Result<PublishedTable> find_published_table(const Plan& plan, TableAccess access,
                                            const std::atomic<bool>* stop = nullptr);

}  // namespace quarentena
