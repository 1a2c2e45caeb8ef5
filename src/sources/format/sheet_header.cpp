#include "sources/format/sheet_header.h"

#include <fmt/format.h>

#include "sources/format/column_match.h"

namespace quarentena {

void SheetHeader::add(std::uint32_t column, std::string name) {
  if (name.find_first_not_of(" \t\r\n") == std::string::npos) return;
  names_.push_back(std::move(name));
  columns_.push_back(column);
}

Result<std::vector<std::vector<std::size_t>>> SheetHeader::choose(
    const std::vector<std::string>& wanted, const std::string& file) const {
  TRY_ASSIGN(const auto places, match_columns(names_, wanted, file));
  std::vector<std::vector<std::size_t>> by_column;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::size_t column = columns_[places[i]];
    if (column >= by_column.size()) by_column.resize(column + 1);
    by_column[column].push_back(i);
  }
  return by_column;
}

tl::unexpected<Error> no_header_row(const std::string& file, const std::string& sheet, int row) {
  if (row > 0) {
    return fail(Defect::drifted,
                fmt::format("{}: row {} of sheet `{}`, which `header_row` names, is empty", file,
                            row, sheet),
                "set `header_row` to the row with the columns' names");
  }
  return fail(Defect::empty, fmt::format("{}: sheet `{}` is empty", file, sheet),
              "ask for the delivery again, or name another `sheet`");
}

}  // namespace quarentena
