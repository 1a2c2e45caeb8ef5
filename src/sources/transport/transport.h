#pragma once

#include <vector>

#include "sources/delivery.h"

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

/// Files of an SFTP server (sftp_address.h says how they are named), also encrypted with PGP.
Result<Delivery> find_sftp_files(const std::string& location, const Source& source,
                                 const FetchContext& context);

/// Files of a SharePoint library (sharepoint_address.h says how they are named), through Graph.
Result<Delivery> find_sharepoint_files(const std::string& location, const Source& source,
                                       const FetchContext& context);

}  // namespace quarentena
