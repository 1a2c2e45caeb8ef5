#include "sources/format/native_workbook.h"

#include <fmt/format.h>
#include <quarentena_native.h>

#include <algorithm>
#include <atomic>

#include "sources/format/sheet_header.h"
#include "sources/format/text_arena.h"

namespace quarentena {
namespace {

ErrorKind kind_of_status(qn_status status) {
  switch (status) {
    case QN_CONFIG:
      return ErrorKind::config;
    case QN_AUTH:
      return ErrorKind::auth;
    case QN_TRANSIENT:
      return ErrorKind::transient;
    case QN_MACHINE:
      return ErrorKind::machine;
    // File and permission were looked at before; what is missing now is the sheet.
    case QN_MISSING:
    case QN_DATA:
      return ErrorKind::data;
    default:
      return ErrorKind::bug;
  }
}

Status checked(qn_status status, char* error, const std::string& file) {
  if (status == QN_OK || status == QN_ABSENT) return {};
  std::string what = error != nullptr ? error : "the spreadsheet cannot be read";
  qn_text_free(error);
  if (what.find(file) == std::string::npos) what = file + ": " + what;
  return fail(kind_of_status(status), std::move(what),
              "check that the file opens in a spreadsheet program, and the name of the sheet");
}

class NativeWorkbook : public RowReader {
 public:
  NativeWorkbook(std::string file, std::uint64_t bytes, XlsxOptions options)
      : file_(std::move(file)), bytes_(bytes), options_(std::move(options)) {}
  ~NativeWorkbook() override {
    if (sheet_ != nullptr) qn_sheet_close(sheet_);
  }
  NativeWorkbook(const NativeWorkbook&) = delete;
  NativeWorkbook& operator=(const NativeWorkbook&) = delete;

  Status open();
  Status choose(const std::vector<std::string>& wanted);
  const SheetHeader& header() const { return header_; }

  Status next(RowBatch& batch) override;
  /// The file is decoded at once, so its rows stand for its bytes.
  std::uint64_t bytes_read() const override;

 private:
  Status fetch(std::size_t rows);
  std::string_view text_of(const qn_cell& cell) const {
    return {cells_.text + cell.offset, cell.size};
  }
  bool blank_row(std::size_t end) const;
  std::size_t row_end() const;
  void take_row(RowBatch& batch, std::size_t end);

  std::string file_;
  std::uint64_t bytes_;
  XlsxOptions options_;
  qn_sheet* sheet_ = nullptr;
  qn_cells cells_{};
  std::size_t at_ = 0;  ///< the next cell in cells_
  SheetHeader header_;
  std::vector<std::vector<std::size_t>> by_column_;
  std::size_t wanted_ = 0;
};

Status NativeWorkbook::fetch(std::size_t rows) {
  char* error = nullptr;
  cells_ = {};
  at_ = 0;
  const qn_status status = qn_sheet_next(sheet_, rows, &cells_, &error);
  if (status == QN_ABSENT) cells_ = {};
  return checked(status, error, file_);
}

std::size_t NativeWorkbook::row_end() const {
  std::size_t end = at_;
  while (end < cells_.cell_count && cells_.cells[end].row == cells_.cells[at_].row) ++end;
  return end;
}

bool NativeWorkbook::blank_row(std::size_t end) const {
  for (std::size_t i = at_; i < end; ++i) {
    if (cells_.cells[i].size > 0) return false;
  }
  return true;
}

/// Reads row by row, so that the next batch begins behind the header.
Status NativeWorkbook::open() {
  char* error = nullptr;
  const char* const name = options_.sheet.empty() ? nullptr : options_.sheet.c_str();
  const qn_status status = qn_sheet_open(file_.c_str(), name, &sheet_, &error);
  TRY_STATUS(checked(status, error, file_));
  for (;;) {
    TRY_STATUS(fetch(1));
    const auto wanted = static_cast<std::uint32_t>(options_.header_row);
    const bool passed = cells_.cell_count == 0 || (wanted > 0 && cells_.cells[0].row > wanted);
    if (passed) return no_header_row(file_, options_.sheet, options_.header_row);
    const bool right_row = wanted == 0 || cells_.cells[0].row == wanted;
    if (right_row && !blank_row(cells_.cell_count)) break;
  }
  for (; at_ < cells_.cell_count; ++at_) {
    header_.add(cells_.cells[at_].column, std::string(text_of(cells_.cells[at_])));
  }
  return {};
}

Status NativeWorkbook::choose(const std::vector<std::string>& wanted) {
  TRY_ASSIGN(by_column_, header_.choose(wanted, file_));
  wanted_ = wanted.size();
  return {};
}

Status NativeWorkbook::next(RowBatch& batch) {
  batch.size = 0;
  batch.malformed.clear();
  batch.columns.resize(wanted_);
  for (auto& column : batch.columns) column.resize(RowBatch::kRows);
  batch.rows.resize(RowBatch::kRows);
  while (batch.size == 0) {
    TRY_STATUS(fetch(RowBatch::kRows));
    if (cells_.cell_count == 0) return {};
    while (at_ < cells_.cell_count) take_row(batch, row_end());
  }
  return {};
}

void NativeWorkbook::take_row(RowBatch& batch, std::size_t end) {
  if (!blank_row(end)) {
    const std::size_t row = batch.size++;
    batch.rows[row] = cells_.cells[at_].row;
    for (auto& column : batch.columns) column[row] = Cell();
    for (std::size_t i = at_; i < end; ++i) {
      const qn_cell& cell = cells_.cells[i];
      if (cell.column >= by_column_.size() || cell.kind == QN_CELL_ERROR) continue;
      for (const std::size_t column : by_column_[cell.column]) {
        batch.columns[column][row] = text_of(cell);
      }
    }
  }
  at_ = end;
}

std::uint64_t NativeWorkbook::bytes_read() const {
  std::uint64_t total = 0;
  std::uint64_t done = 0;
  qn_sheet_progress(sheet_, &total, &done);
  if (total == 0) return bytes_;
  return static_cast<std::uint64_t>(static_cast<double>(bytes_) * static_cast<double>(done) /
                                    static_cast<double>(total));
}

Result<std::unique_ptr<NativeWorkbook>> opened(const std::filesystem::path& file,
                                               const XlsxOptions& options) {
  std::error_code ignored;
  const auto size = std::filesystem::file_size(file, ignored);
  auto book = std::make_unique<NativeWorkbook>(file.string(), ignored ? 0 : size, options);
  TRY_STATUS(book->open());
  return book;
}

}  // namespace

Result<std::unique_ptr<RowReader>> open_native_workbook(const std::filesystem::path& file,
                                                        const XlsxOptions& options,
                                                        const std::vector<std::string>& columns) {
  TRY_ASSIGN(auto book, opened(file, options));
  TRY_STATUS(book->choose(columns));
  return book;
}

Result<std::vector<std::string>> columns_of_native_workbook(const std::filesystem::path& file,
                                                            const XlsxOptions& options) {
  TRY_ASSIGN(auto book, opened(file, options));
  return book->header().names();
}

}  // namespace quarentena
