#include "run/published_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/slashes.h"
#include "net/databricks_client.h"
#include "store/catalog_store.h"
#include "store/open_store.h"
#include "store/unity_commits.h"

namespace quarentena {
namespace {

/// A table of `uc://`.
class CatalogTableFinder {
 public:
  CatalogTableFinder(const Plan& plan, TableName name, std::shared_ptr<DatabricksClient> client,
                     StopFlag stop)
      : plan_(plan),
        name_(std::move(name)),
        client_(std::move(client)),
        catalog_(client_, stop),
        stop_(stop) {}

  Result<PublishedTable> find(TableAccess access) const {
    TRY_ASSIGN(const auto table, catalog_.find_table(name_));
    if (table) return known(*table, access);
    if (access == TableAccess::read_write && plan_.catalog.create) return to_create();
    auto missing = catalog_.table(name_);
    if (missing) return known(*missing, access);
    auto& error = missing.error();
    if (error.kind == ErrorKind::missing && access == TableAccess::read_write)
      error.hint +=
          "; to have it made: `catalog: { create: true, location: ... }` in the configuration";
    return fail_with(std::move(missing));
  }

 private:
  Result<PublishedTable> known(const CatalogTable& table, TableAccess access) const {
    if (table.format != "DELTA" || table.location.empty())
      return fail(
          ErrorKind::config,
          fmt::format("{} is not a Delta table but {} {}", name_.full(), table.type, table.format),
          "name another table");
    const bool writes = access == TableAccess::read_write;
    if (writes && table.type != "EXTERNAL" && !table.catalog_managed)
      return fail(ErrorKind::config,
                  fmt::format("{} is {}, and its commits do not go through the catalog: nobody but "
                              "the catalog's own engine may write to it",
                              name_.full(), table.type),
                  "name an external table or one with the feature catalogManaged, or have an "
                  "external one made with `catalog: { create: true, location: ... }`");
    TRY_ASSIGN(const auto storage, open_catalog_storage(
                                       table.location, plan_.catalog.auth,
                                       [catalog = catalog_, name = name_, table, access] {
                                         return catalog.credentials(name, table, access);
                                       },
                                       stop_));
    std::shared_ptr<const CommitCatalog> commits;
    if (table.catalog_managed) commits = unity_commits(client_, name_, table, stop_);
    return PublishedTable{TableAt(storage.location, storage.store, commits)};
  }

  /// The catalog comes to know it when its files are there: a table without a log would break
  /// everybody who lists the schema.
  Result<PublishedTable> to_create() const {
    const auto url = catalog_url(plan_.catalog.location);
    TRY_ASSIGN(
        const auto storage,
        open_catalog_storage(
            url, plan_.catalog.auth,
            [catalog = catalog_, url] { return catalog.credentials_to_create(url); }, stop_));
    const TableAt at(storage.location, storage.store);
    return PublishedTable{at, [catalog = catalog_, name = name_, url, at] {
                            return register_it(catalog, name, url, at);
                          }};
  }

  static Status register_it(const UnityCatalog& catalog, const TableName& name,
                            const std::string& url, const TableAt& at) {
    TRY_ASSIGN(const auto snapshot, read_snapshot(at));
    if (!snapshot) return {};
    std::vector<CatalogColumn> columns;
    for (const auto& column : snapshot->columns) {
      CatalogColumn out{column.name, column.type, {}};
      const auto& partitions = snapshot->partition_columns;
      const auto place = std::find(partitions.begin(), partitions.end(), column.name);
      if (place != partitions.end()) out.partition = static_cast<int>(place - partitions.begin());
      columns.push_back(std::move(out));
    }
    TRY_STATUS(catalog.create_parents(name));
    TRY_ASSIGN(const bool ours, catalog.create_external_table(name, url, columns));
    if (ours) return {};
    TRY_ASSIGN(const CatalogTable theirs, catalog.table(name));
    if (without_slash(theirs.location) == without_slash(url)) return {};
    return fail(ErrorKind::conflict,
                fmt::format("somebody registered {} at {} while this run wrote to {}", name.full(),
                            theirs.location, url),
                "run again: it will publish to the registered one");
  }

  const Plan& plan_;
  TableName name_;
  std::shared_ptr<DatabricksClient> client_;
  UnityCatalog catalog_;
  StopFlag stop_;
};

}  // namespace

Result<PublishedTable> find_published_table(const Plan& plan, TableAccess access, StopFlag stop) {
  constexpr std::string_view kCatalog = "uc://";
  if (plan.table.starts_with(kCatalog)) {
    TRY_ASSIGN(const TableName name, parse_table_name(plan.table.substr(kCatalog.size())));
    TRY_ASSIGN(auto login, databricks_login(plan.catalog.auth, stop));
    auto client = DatabricksClient::of(std::move(login));
    return CatalogTableFinder(plan, name, std::move(client), stop).find(access);
  }
  if (!is_object_store(plan.table)) return PublishedTable{TableAt(plan.table)};
  TRY_ASSIGN(auto store, open_store(plan.table, plan.table_auth, stop));
  return PublishedTable{TableAt(plan.table, std::move(store))};
}

}  // namespace quarentena
