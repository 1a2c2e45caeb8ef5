#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Leaving out records that cannot hold a text, without parsing them: who asks for one client of
/// millions. A stretch of a file is left out only when the text cannot be in it in any way its
/// format may write it; where that is in doubt nothing is left out. Pure.
namespace quarentena {

/// What need not be read. The record behind it begins at `bytes`.
struct LeftOut {
  std::size_t bytes = 0;   ///< 0: read it all
  std::int64_t lines = 0;  ///< line ends in them
};

/// The characters that mean something in a csv file. `quote` 0: nothing is quoted.
struct CsvMarks {
  char separator = ',';
  char quote = '"';
  char newline = '\n';
};

/// Records that may hold a text as one of their values. Empty: any record may.
class Needle {
 public:
  Needle() = default;
  explicit Needle(std::string text) : text_(std::move(text)) {}

  bool empty() const { return text_.empty(); }
  bool in(std::string_view text) const;

  /// Each begins with a record.
  LeftOut csv(std::string_view text, const CsvMarks& marks) const;
  /// Nothing unless every line is one whole object.
  LeftOut json_lines(std::string_view text) const;
  /// The XML of a sheet's rows; `shared` are the indices of the shared strings it may hide behind.
  /// The row behind what is left out names its own number.
  LeftOut sheet_rows(std::string_view text, const std::vector<std::size_t>& shared) const;

 private:
  std::string text_;
};

}  // namespace quarentena
