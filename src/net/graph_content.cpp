#include <fmt/format.h>

#include "net/graph.h"

namespace quarentena {
namespace {

struct Checksum {
  const char* name;
  std::string expected, found;
};

Checksum strongest(const GraphItem& item, const FileDigests& found) {
  if (!item.sha256.empty()) return {"sha256Hash", item.sha256, found.sha256};
  if (!item.quick_xor_hash.empty())
    return {"quickXorHash", item.quick_xor_hash, found.quick_xor_hash};
  return {"size", {}, {}};
}

}  // namespace

Status verify_content(const GraphItem& item, const Downloaded& came) {
  const Checksum sum = strongest(item, came.digests);
  constexpr const char* kHint =
      "it was changed while it came, or the library alters what it hands out (rights management, "
      "sensitivity labels); run again, then ask its administrator";
  if (came.size_bytes != item.size_bytes)
    return fail(ErrorKind::data,
                fmt::format("'{}' came with {} bytes, SharePoint tells of {}", item.name,
                            came.size_bytes, item.size_bytes),
                kHint);
  if (sum.found != sum.expected)
    return fail(ErrorKind::data,
                fmt::format("'{}' came with the {} {}, SharePoint tells of {}", item.name, sum.name,
                            sum.found, sum.expected),
                kHint);
  return {};
}

}  // namespace quarentena
