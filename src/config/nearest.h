#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quarentena {

/// Edits (insert, delete, replace, swap of neighbours) between two short words; case, '-' and '_'
/// do not count. Damerau-Levenshtein, restricted form.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known word that was probably meant; nullopt when none is near enough to be a help.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace quarentena
