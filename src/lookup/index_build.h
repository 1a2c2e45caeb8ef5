#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/day_scan.h"
#include "lookup/index_file.h"

/// Making an index. Internal to src/lookup.
namespace quarentena {

struct IndexBuild {
  DayScan rows;
  IndexInfo info;  ///< what is known before the rows are read
  HashSecret secret{};
  std::filesystem::path file;  ///< its folder is there; what is at its place is replaced by rename
};

/// Memory: about 40 bytes a row, beside the file. Errors: those of scan_day(); machine (disk full),
/// after which nothing is left.
Status build_index(const IndexBuild& build);

}  // namespace quarentena
