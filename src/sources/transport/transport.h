#pragma once

#include <vector>

#include "sources/delivery.h"
#include "store/object_store.h"

namespace quarentena {

/// One way for files to arrive. Stateless; safe from several threads.
struct Transport {
  const char* scheme;  ///< "file", "sftp", ...; what stands before `://`
  /// Finds the files at a location whose dates are filled in (the scheme and `://` taken off).
  Result<Delivery> (*find)(const std::string& location, const Source& source,
                           const FetchContext& context);
};

/// A path, a folder or a pattern on this machine.
Result<Delivery> find_local_files(const std::string& location, const Source& source,
                                  const FetchContext& context);

/// One file of a web server, with a token, a password or a client certificate.
Result<Delivery> find_https_file(const std::string& location, const Source& source,
                                 const FetchContext& context);

/// Files of an SFTP server (sftp_address.h says how they are named).
Result<Delivery> find_sftp_files(const std::string& location, const Source& source,
                                 const FetchContext& context);

/// Files of a SharePoint library (sharepoint_address.h says how they are named), through Graph.
Result<Delivery> find_sharepoint_files(const std::string& location, const Source& source,
                                       const FetchContext& context);

/// Objects of S3, ADLS or GCS: one, a prefix, a pattern.
Result<Delivery> find_store_objects(const std::string& location, const Source& source,
                                    const FetchContext& context);

/// The same on a store that is open already; `location` is a URL on it.
Result<Delivery> find_in_store(const ObjectStore& store, const std::string& location,
                               const Source& source, const FetchContext& context);

/// The files of a Parquet table of a Unity Catalog, `catalog.schema.table`.
Result<Delivery> find_catalog_files(const std::string& location, const Source& source,
                                    const FetchContext& context);

/// Files of a Unity Catalog volume: `catalog/schema/volume/path`, through Databricks's Files API.
Result<Delivery> find_volume_files(const std::string& location, const Source& source,
                                   const FetchContext& context);

}  // namespace quarentena
