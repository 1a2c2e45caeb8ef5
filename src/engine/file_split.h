#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

/// A Parquet or JSON file parted into three by what somebody says of each row.
namespace quarentena {

struct FileSplit {
  enum class Format { parquet, json };
  /// texts[key][row]; data() == nullptr is NULL.
  using Judge = std::function<void(const std::vector<std::vector<std::string_view>>& texts,
                                   std::size_t rows, std::int64_t* codes)>;

  std::filesystem::path file;
  Format format = Format::parquet;
  std::vector<std::string> keys;                 ///< columns; of JSON dotted paths
  std::array<std::filesystem::path, 3> outputs;  ///< JSON: one object a line
  /// A code for each row; its two lowest bits are the output it goes to. Called from several
  /// threads, more than once for a row, and gives the same each time.
  Judge judge;
  /// Columns that the rows of outputs[1] get at their end, and their values (empty: NULL).
  std::array<std::string, 3> added;
  std::function<std::array<std::string, 3>(std::int64_t code)> values;
  std::size_t threads = 1;
};

/// The columns of a Parquet file.
Result<std::vector<std::string>> parquet_columns(const std::filesystem::path& file);

/// Writes the outputs, rows in the file's order, and tells how many rows have each code. Errors:
/// data (the file cannot be read, or has no such column), machine (disk full).
Result<std::map<std::int64_t, std::int64_t>> split_file(const FileSplit& split);

}  // namespace quarentena
