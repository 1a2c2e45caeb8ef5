#include "sources/transport/unity_catalog.h"

#include <fmt/format.h>

#include "net/databricks_client.h"
#include "net/unity_catalog.h"
#include "sources/transport/server_limits.h"
#include "sources/transport/transport.h"
#include "store/catalog_store.h"
#include "store/unity_commits.h"

/// Tables of a Unity Catalog: it says where their files are and opens the storage for a while.
namespace quarentena {
namespace {

Error of_source(const Source& source, Error error) {
  if (!error.what.starts_with("source '"))
    error.what = fmt::format("source '{}': {}", source.name, error.what);
  return error;
}

/// What the catalog says the table is against what the configuration says.
Status check_readable(const TableName& name, const CatalogTable& table, const Source& source) {
  const bool delta = std::holds_alternative<DeltaOptions>(source.format);
  if (table.location.empty())
    return fail(ErrorKind::config,
                fmt::format("{} is a {}, which has no files", name.full(), table.type),
                "name the table it is made from, or have it written to a table");
  const std::string wanted = delta ? "DELTA" : "PARQUET";
  if (table.format != wanted) {
    const bool readable = table.format == "DELTA" || table.format == "PARQUET";
    return fail(ErrorKind::config,
                fmt::format("{} is a table of {}, not of {}", name.full(), table.format, wanted),
                readable ? fmt::format("write `format: {}`", delta ? "parquet" : "delta")
                         : "tables of Delta and of Parquet are read");
  }
  return {};
}

struct Opened {
  CatalogStorage storage;
  std::shared_ptr<const CommitCatalog> commits;  ///< null: the table's own log decides
};

Result<Opened> open_table(const std::string& text, const Source& source,
                          const FetchContext& context) {
  TRY_ASSIGN(const TableName name, parse_table_name(text));
  TRY_ASSIGN(auto login, databricks_login(source.auth, context.stop));
  login.limits = server_limits(source);
  const auto client = DatabricksClient::of(std::move(login));
  const UnityCatalog catalog(client, context.stop);
  TRY_ASSIGN(const CatalogTable table, catalog.table(name));
  TRY_STATUS(check_readable(name, table, source));
  Opened out;
  TRY_ASSIGN(out.storage, open_catalog_storage(
                              table.location, source.auth,
                              [catalog, name, table] {
                                return catalog.credentials(name, table, TableAccess::read);
                              },
                              context.stop, store_limits(source)));
  if (table.catalog_managed) out.commits = unity_commits(client, name, table, context.stop);
  return out;
}

}  // namespace

Result<TableAt> locate_catalog_table(const std::string& name, const Source& source,
                                     const FetchContext& context) {
  auto table = open_table(name, source, context);
  if (!table) return tl::unexpected<Error>(of_source(source, std::move(table.error())));
  return TableAt(table->storage.location, table->storage.store, table->commits);
}

Result<Delivery> find_catalog_files(const std::string& location, const Source& source,
                                    const FetchContext& context) {
  auto table = open_table(location, source, context);
  if (!table) return tl::unexpected<Error>(of_source(source, std::move(table.error())));
  const auto& storage = table->storage;
  if (!storage.store) return find_local_files(storage.location, source, context);
  return find_in_store(*storage.store, storage.location, source, context);
}

}  // namespace quarentena
