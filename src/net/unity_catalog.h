#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/secret.h"

/// A Unity Catalog by its REST API (/api/2.1/unity-catalog), the same for Databricks and the
/// open-source servers.
namespace quarentena {

class DatabricksClient;

struct TableName {
  std::string catalog, schema, table;
  std::string full() const { return catalog + "." + schema + "." + table; }
};
/// "catalog.schema.table". Error: config.
Result<TableName> parse_table_name(const std::string& text);

struct CatalogTable {
  std::string id;
  std::string type;      ///< "EXTERNAL", "MANAGED", "VIEW", ...
  std::string format;    ///< "DELTA", "PARQUET", ...; empty for a view
  std::string location;  ///< s3://, abfss://, gs:// or file://; empty for a view
  /// Commits go through the catalog, not through the table's own folder.
  bool catalog_managed = false;
};

/// What opens the storage for a while. Only the fields of its own kind are set; none for storage
/// of this machine.
struct TemporaryCredentials {
  Secret aws_key_id, aws_secret_key, aws_session_token;
  Secret azure_sas;
  Secret bearer;                ///< GCS; ADLS by directory token
  std::string endpoint;         ///< of a store that only speaks like S3 (R2); empty otherwise
  std::int64_t expires_ms = 0;  ///< Unix time; 0: they last
  bool none() const { return aws_key_id.empty() && azure_sas.empty() && bearer.empty(); }
};

enum class TableAccess { read, read_write };

/// A column as the catalog registers it; `type` is Delta's name: "string", "date", "integer".
struct CatalogColumn {
  std::string name;
  std::string type;
  std::optional<int> partition;  ///< its place among the partition columns
};

/// Calls block and retry what is transient. Errors: auth (a permission is missing: the hint names
/// it), missing (the hint says which of catalog, schema and table is not there), transient, config.
class UnityCatalog {
 public:
  using Stop = const std::atomic<bool>*;  ///< may be null
  explicit UnityCatalog(std::shared_ptr<DatabricksClient> client, Stop stop = nullptr)
      : client_(std::move(client)), stop_(stop) {}

  /// nullopt: there is no such table (or catalog, or schema).
  Result<std::optional<CatalogTable>> find_table(const TableName& name) const;
  /// As find_table, but its absence is an error that says what is not there and what is.
  Result<CatalogTable> table(const TableName& name) const;

  Result<TemporaryCredentials> credentials(const TableName& name, const CatalogTable& table,
                                           TableAccess access) const;
  /// For the files of a table that is going to be created there.
  Result<TemporaryCredentials> credentials_to_create(const std::string& url) const;

  /// Makes the catalog and the schema when they are not there.
  Status create_parents(const TableName& name) const;
  /// Registers a Delta table whose files are at `location`. True: done; false: somebody else
  /// registered a table of that name first.
  Result<bool> create_external_table(const TableName& name, const std::string& location,
                                     const std::vector<CatalogColumn>& columns) const;

  /// "https://host", for messages.
  const std::string& host() const;

 private:
  Error why_missing(const TableName& name) const;
  Result<bool> exists(const std::string& path, const std::string& doing) const;
  Status create(const std::string& path, const std::string& body, const std::string& doing) const;
  Result<TemporaryCredentials> ask_credentials(const std::string& path, const std::string& body,
                                               const std::string& doing,
                                               const std::string& permission) const;
  std::vector<std::string> names_in(const std::string& path, const char* list) const;

  std::shared_ptr<DatabricksClient> client_;
  Stop stop_;
};

}  // namespace quarentena
