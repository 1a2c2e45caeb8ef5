#pragma once

#include <string_view>

#include "sources/format/number_format.h"
#include "sources/format/text_arena.h"

/// How a spreadsheet's cells become text. All take the text of `<v>` and give text that stays in
/// place or goes to the arena. What cannot be read as it should comes back as it is, so that the
/// row lives and the rules reject the value by name.
namespace quarentena {

/// Integers without `.0` and without exponent, other numbers the shortest text that is that number:
/// `1.2345678901E10` -> `12345678901`, `44.990000000000002` -> `44.99`.
std::string_view number_text(std::string_view value, TextArena& arena);

enum class DateSystem { from_1900, from_1904 };

/// A date's serial number: `YYYY-MM-DD`, with a time part `YYYY-MM-DDTHH:MM:SS` to the nearest
/// second of the same day, a time of day alone `HH:MM:SS`. The day that Excel invented, serial 60,
/// comes back as `1900-02-29`, which no calendar has.
std::string_view serial_text(std::string_view value, NumberKind kind, DateSystem system,
                             TextArena& arena);

/// The text of a cell of type `d`: ISO 8601, a midnight without its time.
std::string_view iso_date_text(std::string_view value);

}  // namespace quarentena
