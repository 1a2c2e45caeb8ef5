#pragma once

#include <atomic>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/secret.h"

/// Deliveries encrypted with PGP, opened by the gpg of this machine.
namespace quarentena {

/// Ends in .pgp, .gpg or .asc.
bool is_encrypted(const std::string& name);
/// `a.csv` of `a.csv.pgp`.
std::string decrypted_name(const std::string& name);

struct PgpKey {
  std::filesystem::path file;  ///< one of the two
  Secret text;
  Secret passphrase;  ///< empty: the key has none
  bool given() const { return !file.empty() || !text.empty(); }
};

/// Writes what `encrypted` holds to `clear`. Signatures are not checked: that would need the
/// sender's key, and what is asked here is whether the message is whole, which PGP's own check
/// tells. The key lives in a private folder of its own, for as long as this takes; neither it nor
/// the passphrase is on a command line. Errors: config (no gpg here, no key, not a key), auth (for
/// another key, wrong passphrase), data (not PGP, damaged), machine (disk, stopped); the caller
/// knows the name of what is "it" in them.
Status decrypt(const std::filesystem::path& encrypted, const std::filesystem::path& clear,
               const PgpKey& key, const std::atomic<bool>* stop);

}  // namespace quarentena
