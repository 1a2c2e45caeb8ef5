#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sources/format/row_reader.h"

namespace quarentena {

/// Objects one a line, one after the other over as many lines as they like, or in an array. Values
/// as text: numbers as they are written, true and false, objects and arrays as their JSON; null is
/// NULL, and so is a path that is not there. How arrays on a path become rows: json_record.h.
Result<std::unique_ptr<RowReader>> open_json(const std::filesystem::path& file,
                                             const std::vector<std::string>& columns,
                                             const Needle& needle = {});

}  // namespace quarentena
