#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace quarentena {

struct FileDigests {
  std::string sha256;          ///< hex, lower case
  std::string quick_xor_hash;  ///< base64; empty unless it was asked for
};

/// A file on its way from elsewhere. A thread of its own writes and digests its bytes, a large
/// block at a time, while others come, so that who brings them waits neither for the disk nor for a
/// digest, unless these are slower than the way here. Holds 16 MiB at the most. Not thread-safe.
/// Errors are machine (disk full, no permission).
class ArrivingFile {
 public:
  enum class Digests { sha256, sha256_and_quick_xor };

  explicit ArrivingFile(std::filesystem::path file, Digests digests = Digests::sha256);
  /// What came is in the file afterwards, as far as the disk takes it.
  ~ArrivingFile();
  ArrivingFile(const ArrivingFile&) = delete;
  ArrivingFile& operator=(const ArrivingFile&) = delete;

  /// Makes the file (for its owner alone), or goes on with what is there of it. Call first, once.
  Status open();
  /// The bytes that came, also those not written yet.
  std::int64_t size() const { return size_; }
  /// The error may be of bytes that were given before.
  Status append(std::string_view bytes);
  /// Forgets what came.
  Status begin_again();
  /// All bytes are on the disk. Call once, when the last one came.
  Result<FileDigests> finish();

 private:
  class Sums;
  class Writer;

  Status hand_over();

  const std::filesystem::path file_;
  const Digests wanted_;
  int fd_ = -1;
  std::int64_t size_ = 0;
  std::int64_t beginning_ = 0;      ///< was there when it was opened
  std::string block_;               ///< the last bytes that came, not written yet
  std::unique_ptr<Writer> writer_;  ///< of files that are worth a thread
};

}  // namespace quarentena
