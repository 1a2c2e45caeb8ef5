#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace quarentena {

/// Where the columns of a spreadsheet stand: the names of its header row that are not blank.
class SheetHeader {
 public:
  void add(std::uint32_t column, std::string name);
  bool empty() const { return names_.empty(); }
  const std::vector<std::string>& names() const { return names_; }

  /// For each sheet column up to the last wanted one, the wanted columns it fills (mostly one, or
  /// none). Errors as match_columns.
  Result<std::vector<std::vector<std::size_t>>> choose(const std::vector<std::string>& wanted,
                                                       const std::string& file) const;

 private:
  std::vector<std::string> names_;
  std::vector<std::uint32_t> columns_;
};

/// The error for a sheet in which no header row was found. `row` as XlsxOptions::header_row.
tl::unexpected<Error> no_header_row(const std::string& file, const std::string& sheet, int row);

}  // namespace quarentena
