#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"

namespace quarentena {

/// A list of personal data: a new file that nobody but its owner reads, in place of what was there,
/// written through a buffer. Its folders are made. Errors are told by close().
class PrivateFile {
 public:
  explicit PrivateFile(const std::filesystem::path& path);
  ~PrivateFile();
  PrivateFile(const PrivateFile&) = delete;
  PrivateFile& operator=(const PrivateFile&) = delete;

  void write(const std::string& text);
  /// All of it is on the disk. Errors: auth (no permission), machine.
  Status close();

 private:
  void flush();

  std::filesystem::path path_;
  int descriptor_ = -1;
  int error_ = 0;  ///< the first errno
  std::string buffer_;
};

}  // namespace quarentena
