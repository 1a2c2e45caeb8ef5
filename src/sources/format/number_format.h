#pragma once

#include <string_view>

namespace quarentena {

/// What a cell's number format makes of its number.
enum class NumberKind : unsigned char { number, date, time };

/// A format built into the file format by its id (ECMA-376 part 1, 18.8.30).
NumberKind builtin_number_kind(int id);

/// A custom format code, such as `dd/mm/yyyy;@` or `[h]:mm`. Elapsed time is a number.
NumberKind number_kind(std::string_view code);

}  // namespace quarentena
