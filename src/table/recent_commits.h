#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/error.h"
#include "table/table.h"

namespace quarentena {

/// As history(), of the commits after that version only: each one is read, which for an old table
/// on an object store is most of a run's requests. nullopt: no Delta table there.
Result<std::optional<std::vector<Commit>>> commits_after(const TableAt& at, std::int64_t version);

}  // namespace quarentena
