#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sources/format/text_arena.h"

namespace quarentena {

/// A cell that holds something, as the sheet's XML has it.
struct SheetCell {
  enum class Type : unsigned char { number, shared, text, boolean, error, date };
  std::uint32_t column = 0;  ///< 0-based
  std::uint32_t style = 0;
  Type type = Type::number;
  std::string_view value;  ///< for `shared` the index
};

/// Reads the rows of a worksheet out of its XML, piece by piece.
class SheetScanner {
 public:
  enum class Step {
    row,         ///< `row()` and `cells()` are the next row
    incomplete,  ///< the text ends before the row does: come again with `at` as it was and more
                 ///< text
    end,         ///< the sheet's data ends here
    damaged,     ///< not the XML of a sheet
  };

  /// `at` moves behind the row. Decoded texts go to the arena.
  Step next(const char*& at, const char* end, TextArena& arena);

  std::int64_t row() const { return row_; }  ///< 1-based
  const std::vector<SheetCell>& cells() const { return cells_; }

 private:
  Step cells_of_row(const char*& at, const char* end, TextArena& arena);
  Step cell(const char*& at, const char* end, TextArena& arena);
  Step content(const char*& at, const char* end, TextArena& arena, SheetCell& cell);
  void keep(SheetCell& cell, std::string_view value);

  std::int64_t row_ = 0;
  std::int64_t column_ = -1;  ///< of the cell read last
  bool in_data_ = false;
  std::vector<SheetCell> cells_;
};

}  // namespace quarentena
