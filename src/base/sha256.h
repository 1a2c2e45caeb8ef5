#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"

namespace quarentena {

/// SHA-256, fed piece by piece. Not thread-safe; one per digest.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::string_view bytes);
  /// Adds a text and its length, so that ("ab", "c") and ("a", "bc") differ.
  void add_field(std::string_view text);
  /// Lower-case hex. Call once, last.
  std::string hex();

 private:
  void* context_;
};

/// Of one short text: no allocation, for who needs millions of them.
std::array<unsigned char, 32> sha256_of(std::string_view text);

/// Of a file's bytes. Errors: missing, auth, machine (cannot be read).
Result<std::string> sha256_of_file(const std::filesystem::path& file);

}  // namespace quarentena
