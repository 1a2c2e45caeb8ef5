#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sources/format/byte_source.h"

namespace quarentena {

/// A file that grows beyond these while it is unpacked is taken for a zip bomb. Deflate reaches
/// 1032:1 on zeros; real exports stay below 60:1, so the ratio counts only once it could hurt.
struct InflateLimits {
  std::uint64_t bytes = std::uint64_t{64} << 30;
  std::uint64_t ratio = 300;
  std::uint64_t ratio_from_bytes = std::uint64_t{128} << 20;
};

/// What a zip archive promises about a member.
struct Promised {
  std::uint64_t size = 0;
  std::uint32_t crc32 = 0;
};

/// One or more gzip members, checked against their CRCs. `name` is how errors call the file.
std::unique_ptr<ByteSource> inflate_gzip(std::unique_ptr<ByteSource> packed, std::string name,
                                         const InflateLimits& limits = {});

/// A raw deflate stream out of a zip archive. Size and CRC are checked when the end is reached.
std::unique_ptr<ByteSource> inflate_deflate(std::unique_ptr<ByteSource> packed, std::string name,
                                            const Promised& promised,
                                            const InflateLimits& limits = {});

/// A member stored without compression, checked the same way.
std::unique_ptr<ByteSource> check_stored(std::unique_ptr<ByteSource> plain, std::string name,
                                         const Promised& promised);

}  // namespace quarentena
