#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace quarentena {

/// Where each wanted column stands among those found: exact names first, then without regard to
/// (ASCII) case and outer blanks. Errors (data) name the wanted one, the columns found and the
/// nearest; a name that two columns share is an error only when it is wanted.
Result<std::vector<std::size_t>> match_columns(const std::vector<std::string>& found,
                                               const std::vector<std::string>& wanted,
                                               const std::string& file);

/// Which wanted column, or several, each file column fills: a list by file column. Most hold one.
std::vector<std::vector<std::size_t>> columns_by_place(const std::vector<std::size_t>& places,
                                                       std::size_t found);

}  // namespace quarentena
