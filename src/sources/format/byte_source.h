#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"

namespace quarentena {

/// Bytes from front to back. Not thread-safe, except consumed().
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Fills up to `capacity` (> 0) bytes; 0 is the end. May return less than asked before the end.
  virtual Result<std::size_t> read(char* out, std::size_t capacity) = 0;

  /// Bytes of the file as delivered (so before decompression) taken so far. Any thread may ask.
  virtual std::uint64_t consumed() const = 0;
};

/// An open regular file, read by offset, so that several readers may share it.
class File {
 public:
  /// Errors: missing, auth (no permission), data (a folder, a pipe), machine.
  static Result<std::shared_ptr<File>> open(const std::filesystem::path& path);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// Fewer bytes than asked only at the end of the file.
  Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t size) const;
  std::uint64_t size() const { return size_; }
  /// The path, as errors name it.
  const std::string& name() const { return name_; }

 private:
  File(int descriptor, std::uint64_t size, std::string name)
      : descriptor_(descriptor), size_(size), name_(std::move(name)) {}

  int descriptor_;
  std::uint64_t size_;
  std::string name_;
};

/// Part of a file, front to back.
class FileRange : public ByteSource {
 public:
  FileRange(std::shared_ptr<File> file, std::uint64_t begin, std::uint64_t end)
      : file_(std::move(file)), begin_(begin), end_(end), at_(begin) {}

  Result<std::size_t> read(char* out, std::size_t capacity) override;
  std::uint64_t consumed() const override { return at_.load(std::memory_order_relaxed) - begin_; }

 private:
  std::shared_ptr<File> file_;
  std::uint64_t begin_;
  std::uint64_t end_;
  std::atomic<std::uint64_t> at_;
};

/// Reads until `capacity` bytes are there or the source ends.
Result<std::size_t> read_fully(ByteSource& source, char* out, std::size_t capacity);

}  // namespace quarentena
