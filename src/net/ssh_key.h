#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"

/// Keys of SSH as bytes and text, no network.
namespace quarentena {

/// A server's public key, as it is sent.
struct HostKey {
  std::string blob;
  std::string type() const;         ///< "ssh-ed25519"; empty: not a key
  std::string fingerprint() const;  ///< "SHA256:..." without padding, as ssh-keygen -l prints it
  std::string base64() const;       ///< as known_hosts holds it
};

/// Pins are compared without their padding.
bool same_fingerprint(std::string_view a, std::string_view b);

std::string base64_encoded(std::string_view bytes);
/// Stops at the first character that is not base64.
std::string base64_decoded(std::string_view text);

/// Whether a private key (PEM or OpenSSH's own form, encrypted or not) is an RSA key.
bool is_rsa_key(std::string_view private_key);

/// A file that never touches the disk, for libraries that want a path: readable at path() by this
/// process while the object lives.
class MemoryFile {
 public:
  /// Error: machine.
  static Result<MemoryFile> holding(std::string_view content);
  MemoryFile(MemoryFile&& other) noexcept : descriptor_(other.descriptor_) {
    other.descriptor_ = -1;
  }
  MemoryFile& operator=(MemoryFile&& other) noexcept;
  ~MemoryFile();
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  explicit MemoryFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace quarentena
