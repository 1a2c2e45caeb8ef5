#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "sources/format/byte_source.h"

namespace quarentena {

/// What a file is by its first bytes, whatever its name says.
enum class FileKind {
  text,
  empty,
  gzip,
  zip,
  ole,
  parquet,
  pdf,
  html,
  zstd,
  bzip2,
  xz,
  seven_zip,
  rar
};

FileKind kind_of(std::string_view first_bytes);
/// "an Excel workbook (xls) or ...", to complete "this is ...".
const char* describe(FileKind kind);

/// The first bytes of a file, at most `size`.
Result<std::string> first_bytes(const File& file, std::size_t size);

/// The text inside a delivered csv or json: the file itself, or what its gzip or its zip of one
/// member holds. Errors: as File::open; data when it holds something else (`format` is what the
/// configuration says, for the message) or is empty.
Result<std::unique_ptr<ByteSource>> open_text(const std::filesystem::path& path,
                                              std::string_view format);

}  // namespace quarentena
