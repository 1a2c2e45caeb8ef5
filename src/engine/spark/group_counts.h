#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/duckdb/tally.h"

namespace quarentena::spark {

/// The query that sums up the groups of canal_query() in the relation `groups`: a row for each
/// status and winning input, a handful in all, however many groups there are.
std::string counts_query(const std::string& groups, std::size_t inputs);

/// Its answer as the embedded engine's tally counts group by group. Errors: bug, when it is not
/// such an answer.
Status add_counts(const std::vector<std::vector<std::optional<std::string>>>& answer,
                  duck::Tally& tally);

}  // namespace quarentena::spark
