#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"

namespace quarentena {

/// SHA-256 of a file that is still being written, from its beginning to its end: a thread of its
/// own reads what is there already, while it is warm, so that who brings the bytes waits neither
/// beside them nor afterwards. Not thread-safe.
class GrowingDigest {
 public:
  explicit GrowingDigest(std::filesystem::path file);
  ~GrowingDigest();
  GrowingDigest(const GrowingDigest&) = delete;
  GrowingDigest& operator=(const GrowingDigest&) = delete;

  /// All bytes before `size` are in the file, and stay as they are. Never less than before.
  void grew_to(std::int64_t size);
  /// The file is written anew, from its first byte. Call it before that byte is written.
  void begin_again();
  /// Lower-case hex of the bytes before the size told last, once the thread has read them. Call
  /// once, last. Errors: as sha256_of_file; machine when the file is shorter than was told.
  Result<std::string> hex();

 private:
  class Reader;
  std::filesystem::path file_;
  std::int64_t size_ = 0;
  std::unique_ptr<Reader> reader_;  ///< of files that are worth a thread
};

}  // namespace quarentena
