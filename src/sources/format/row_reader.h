#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/plan.h"
#include "sources/format/needle.h"

/// Row formats (csv, json, spreadsheets): readers that turn a delivered file into columns of text.
/// The other formats (parquet, delta) are columnar already and go to the engine as they are.
namespace quarentena {

/// Text of one cell. `data() == nullptr` is NULL; an empty cell is not NULL here (rules trim and
/// turn empty into NULL, the same way for every format).
using Cell = std::string_view;

/// Why a record could not be read at all (a row that reads but breaks a rule is the rules'
/// business).
struct Malformed {
  std::int64_t row =
      0;  ///< the line (csv, json lines), the element (json array) or the sheet's row, 1-based
  std::string column;  ///< the column's name when one is to blame, else empty
  std::string value;   ///< the raw text, at most kMaxRawBytes
  std::string reason;  ///< a sentence an operator can act on
};
inline constexpr std::size_t kMaxRawBytes = 1024;

/// Up to kRows records, column by column, in the order of ReaderOptions::columns.
/// Cells stay valid until the next call of next() on the same reader.
struct RowBatch {
  static constexpr std::size_t kRows = 2048;
  std::size_t size = 0;
  std::vector<std::vector<Cell>> columns;  ///< [column][row], each resized to kRows once
  std::vector<std::int64_t> rows;          ///< where each record stands, as Malformed::row
  std::vector<Malformed> malformed;        ///< records met on the way that could not be read
};

struct ReaderOptions {
  Format format;
  /// Wanted columns, dotted paths for nested formats, no repeats. A header's name matches exactly
  /// or, when no other column does, without regard to case and outer blanks.
  std::vector<std::string> columns;
  /// Records that cannot hold it may be left out; those that stay keep their row numbers.
  Needle needle = {};
};

/// Reads one file front to back in bounded memory. Not thread-safe; one reader per thread.
/// Text is valid UTF-8 whatever the file's encoding.
class RowReader {
 public:
  virtual ~RowReader() = default;

  /// Fills `batch` (clearing what it held). `size == 0 && malformed.empty()` is the end.
  /// An error means the file cannot be read on (truncated archive, not this format at all): what
  /// was read before must not be used as if it were the whole delivery.
  virtual Status next(RowBatch& batch) = 0;

  /// Bytes of the file as delivered (compressed, if it is) consumed so far, for progress. May be
  /// called from another thread while next() runs.
  virtual std::uint64_t bytes_read() const = 0;

  /// Wanted columns that no record so far has had (json: the path was in no object). Asked at the
  /// end.
  virtual std::vector<std::string> never_seen() const { return {}; }
};

/// The columns a file offers, in its order: a csv's header or given names, a sheet's header row.
/// nullopt for json, whose records need not agree. Errors as open_rows.
Result<std::optional<std::vector<std::string>>> columns_of(const std::filesystem::path& file,
                                                           const Format& format);

/// Opens a file. Errors: missing (no such file), data (not this format, or a wanted column is not
/// there: names the columns found), auth (no permission).
Result<std::unique_ptr<RowReader>> open_rows(const std::filesystem::path& file,
                                             const ReaderOptions& options);

}  // namespace quarentena
