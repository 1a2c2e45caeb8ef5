#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/table_text.h"
#include "engine/engine.h"

namespace quarentena::cli {

/// The columns of a source's account, in the order of DESIGN's rule 4, to stand after `before`.
std::vector<TextColumn> with_account_columns(std::vector<TextColumn> before);
/// Their values; blank when the run read nothing of the source.
std::vector<std::optional<std::string>> with_account(std::vector<std::optional<std::string>> before,
                                                     const std::optional<Account>& account);

}  // namespace quarentena::cli
