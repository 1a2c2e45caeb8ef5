#pragma once

#include <optional>
#include <string>

#include "config/plan.h"

/// How a delivery was understood when it came: its format, which columns are mapped to what, its
/// dates, and `where`. A sender who renames a column, or sends another format, does not make what
/// was kept before unreadable: it is still what it was.
namespace quarentena {

/// One JSON object, as Manifest::reading.
std::string reading_of(const Source& source);

/// The source, read in that way; its period and everything else stay. nullopt: it is no reading.
std::optional<Source> read_as(const Source& source, const std::string& reading);

}  // namespace quarentena
