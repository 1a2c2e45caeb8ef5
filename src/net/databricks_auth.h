#pragma once

#include <atomic>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"
#include "net/http.h"

/// Who we are to a Databricks workspace or to a Unity Catalog server.
namespace quarentena {

struct DatabricksLogin {
  std::string host;       ///< scheme://host[:port], no slash at the end
  Secret token;           ///< a bearer token; empty: see client_id
  std::string client_id;  ///< with client_secret: OAuth for machines; both empty: anonymous
  Secret client_secret;
  std::string ca_file;  ///< PEM; empty: see TlsOptions
  ServerLimits limits;
  std::string from;  ///< where the credentials were found, for hints: "the environment"
};

/// Found where Databricks's own tools look, in their order
/// (docs.databricks.com/dev-tools/auth/unified-auth): what `auth` says, the profile it names, then
/// DATABRICKS_HOST, _TOKEN, _CLIENT_ID and _CLIENT_SECRET, then the profile of
/// ~/.databrickscfg (DATABRICKS_CONFIG_FILE) that DATABRICKS_CONFIG_PROFILE names, or DEFAULT.
/// Credentials of one place are never sent to the host that another place names.
/// Errors: config (no host, a profile that is not there, a token and a client in one place, http://
/// to another machine), and those of resolve_secret.
Result<DatabricksLogin> databricks_login(const std::map<std::string, std::string>& auth,
                                         const std::atomic<bool>* stop = nullptr);

/// The sections of a .databrickscfg and their keys; what stands before the first section is
/// DEFAULT. A line that is neither section, key nor comment is skipped, as the vendor's tools do.
std::map<std::string, std::map<std::string, Secret>> parse_databrickscfg(std::string_view text);

}  // namespace quarentena
