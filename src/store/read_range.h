#pragma once

#include <cstdint>
#include <string>

#include "store/object_store.h"

namespace quarentena {

/// Some bytes of an object, as they are there.
struct Range {
  std::int64_t from = 0;
  std::int64_t size_bytes = 0;
};

/// Errors: as ObjectStore; missing: no object of that path.
Result<std::string> read_range(const ObjectStore& store, const std::string& path,
                               const Range& range, StopFlag stop = nullptr);

}  // namespace quarentena
