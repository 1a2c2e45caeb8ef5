#pragma once

#include <atomic>
#include <map>
#include <string>

#include "base/error.h"
#include "base/secret.h"

/// Secrets as written in quarentena.yml: references, resolved by whoever connects, just before.
namespace quarentena {

/// `${env:NAME}`: the environment variable; missing or empty is an error.
/// `${file:/path}`: the file's content without a final line break. A file that everybody may read
/// is
///   taken with a warning on stderr (once a file), for that is how containers mount theirs.
/// `${cmd:...}`: what /bin/sh -c prints, without final line breaks; 30 s; its stderr is never
/// shown.
/// `${databricks:scope/key}`: through the workspace that the environment names (databricks_auth.h).
/// Anything else is the text itself: settings that are not secret (a user, a region). References
/// within a longer text are replaced where they stand (a list of host keys).
/// Errors: config (cannot be resolved: names the reference, never a value), transient (a timeout).
Result<Secret> resolve_secret(const std::string& text, const std::atomic<bool>* stop = nullptr);

/// Every entry of a source's `auth` (config's Auth is this map). The error names the key.
using Secrets = std::map<std::string, Secret>;
Result<Secrets> resolve(const std::map<std::string, std::string>& auth,
                        const std::atomic<bool>* stop = nullptr);

/// The text of an entry, or an empty Secret when it is not there.
const Secret& secret_of(const Secrets& secrets, const std::string& key);

/// `${databricks:scope/key}`. In databricks_secret.cpp, which needs the workspace's authentication.
Result<Secret> databricks_secret(const std::string& scope, const std::string& key,
                                 const std::atomic<bool>* stop);

}  // namespace quarentena
