#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sources/format/byte_source.h"
#include "sources/format/inflate.h"

namespace quarentena {

struct ZipEntry {
  std::string name;
  std::uint16_t method = 0;  ///< 0 stored, 8 deflate
  bool encrypted = false;
  Promised promised;
  std::uint64_t packed_size = 0;
  std::uint64_t header_offset = 0;
};

/// The central directory of a zip file, zip64 included. Members are read by offset, so several may
/// be open at once.
class ZipArchive {
 public:
  /// Errors: data (no central directory: truncated, or not a zip).
  static Result<ZipArchive> open(std::shared_ptr<File> file);

  const std::vector<ZipEntry>& entries() const { return entries_; }
  /// Exact, or without regard to ASCII case (some writers differ from their own relationships).
  const ZipEntry* find(std::string_view name) const;
  /// Errors: data (encrypted, an unknown method, a damaged header).
  Result<std::unique_ptr<ByteSource>> read(const ZipEntry& entry,
                                           const InflateLimits& limits = {}) const;
  const std::string& file_name() const { return file_->name(); }

 private:
  explicit ZipArchive(std::shared_ptr<File> file) : file_(std::move(file)) {}

  std::shared_ptr<File> file_;
  std::vector<ZipEntry> entries_;
};

}  // namespace quarentena
