#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "net/http.h"

/// Internal to src/net.
namespace quarentena {

/// A digest of the whole file that the server gave.
struct PromisedDigest {
  const char* algorithm = "";  ///< OpenSSL's name: "SHA256", "SHA512", "MD5"
  std::string base64;
};

/// `Repr-Digest` (RFC 9530), `Digest` (RFC 3230), or `Content-MD5` when the answer is the whole
/// file; the strongest that can be checked.
std::optional<PromisedDigest> promised_digest(const HttpResponse& head);

/// Errors: data (the bytes are others), machine (cannot be read).
Status check_digest(const std::filesystem::path& file, const PromisedDigest& promised);

}  // namespace quarentena
