#pragma once

#include <filesystem>
#include <optional>
#include <utility>

#include "base/error.h"

namespace quarentena {

/// An advisory lock (flock) on a file, held until this is gone: also when the process is killed.
/// The file is made when it is not there, and stays.
class FileLock {
 public:
  /// nullopt: somebody else held it for all of `patience_ms`. Errors: machine (the file cannot be
  /// opened or locked).
  static Result<std::optional<FileLock>> hold(const std::filesystem::path& file, int patience_ms);

  FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace quarentena
