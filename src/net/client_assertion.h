#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/secret.h"

namespace quarentena {

/// A certificate and its private key, read and found to belong together.
struct SigningCertificate {
  Secret certificate_pem;
  Secret key_pem;          ///< decrypted: PKCS#8 without a passphrase
  std::string thumbprint;  ///< base64url of the certificate's SHA-256, `x5t#S256`
};

/// Reads a PEM certificate. The key is `key_pem` when given, else the one in `key_file` when given,
/// else the one in the certificate's own file. `passphrase` opens an encrypted key.
/// Errors: config (a file that is not PEM, no key, a wrong passphrase, a key of another
/// certificate, not RSA), auth (the certificate is over, or not valid yet; may not be read),
/// missing (no such file).
Result<SigningCertificate> read_signing_certificate(const std::filesystem::path& certificate,
                                                    const std::filesystem::path& key_file,
                                                    const Secret& key_pem,
                                                    const Secret& passphrase);

/// The signed assertion (JWT, PS256) by which an application proves to `audience`, the token
/// address, that it holds the certificate's key. Valid for ten minutes from `now_s` (seconds since
/// 1970), with an id of its own each time.
Result<Secret> client_assertion(const SigningCertificate& certificate, const std::string& client_id,
                                const std::string& audience, std::int64_t now_s);

}  // namespace quarentena
