#include "sources/format/xlsx_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <filesystem>
#include <limits>

#include "sources/format/cell_text.h"
#include "sources/format/shared_strings.h"
#include "sources/format/sheet_header.h"
#include "sources/format/sheet_scanner.h"
#include "sources/format/text_encoding.h"
#include "sources/format/xlsx_workbook.h"
#include "sources/format/xml_window.h"

namespace quarentena {
namespace {

std::size_t index_of(std::string_view value) {
  std::size_t index = std::numeric_limits<std::size_t>::max();
  const auto parsed = std::from_chars(value.data(), value.data() + value.size(), index);
  return parsed.ec == std::errc() && parsed.ptr == value.data() + value.size()
             ? index
             : std::numeric_limits<std::size_t>::max();
}

std::string part_name(const XlsxWorkbook& book, const ZipEntry& part) {
  return fmt::format("{} ({})", book.archive.file_name(), part.name);
}

class XlsxReader : public RowReader {
 public:
  XlsxReader(XlsxWorkbook book, XmlWindow window, int header_row)
      : book_(std::move(book)),
        window_(std::move(window)),
        at_(window_.begin()),
        header_row_(header_row) {}

  Status read_header();
  Status load_strings(std::size_t most);
  /// How many shared strings the header needs.
  std::size_t strings_in_header() const;
  SheetHeader header() const;
  Status choose(const std::vector<std::string>& wanted);

  /// From the next window on, what cannot hold it is left out.
  void look_for(const Needle& needle);
  Status next(RowBatch& batch) override;
  std::uint64_t bytes_read() const override { return strings_bytes_ + window_.consumed(); }

 private:
  enum class Row { found, refilled, end };
  Result<Row> next_row();
  void prepare(RowBatch& batch);
  void accept(RowBatch& batch);
  Cell text_of(const SheetCell& cell);
  bool holds_something(const SheetCell& cell) const;
  void reject(RowBatch& batch, const SheetCell& cell);

  XlsxWorkbook book_;
  XmlWindow window_;
  Needle needle_;
  std::vector<std::size_t> hidden_in_;  ///< the shared strings that hold it
  const char* at_;
  int header_row_;
  std::uint64_t strings_bytes_ = 0;
  SharedStrings strings_;
  SheetScanner scanner_;
  TextArena arena_;
  std::vector<std::vector<std::size_t>> by_column_;
  std::vector<std::string> wanted_;
  bool ended_ = false;
  bool drained_ = false;  ///< the window holds no further whole row
};

Result<XlsxReader::Row> XlsxReader::next_row() {
  if (drained_) {
    TRY_STATUS(window_.refill(at_));
    at_ = window_.begin();
    drained_ = false;
    const auto left = static_cast<std::size_t>(window_.end() - at_);
    at_ += needle_.sheet_rows({at_, left}, hidden_in_).bytes;
  }
  switch (scanner_.next(at_, window_.end(), arena_)) {
    case SheetScanner::Step::row:
      return Row::found;
    case SheetScanner::Step::incomplete:
      drained_ = true;
      return Row::refilled;
    case SheetScanner::Step::end:
      ended_ = true;
      TRY_STATUS(window_.drain());
      return Row::end;
    case SheetScanner::Step::damaged:
      break;
  }
  return fail(Defect::truncated,
              fmt::format("{}: the XML is damaged after row {}", window_.name(), scanner_.row()),
              "save the workbook again with a spreadsheet program");
}

bool XlsxReader::holds_something(const SheetCell& cell) const {
  return cell.type == SheetCell::Type::shared || !cell.value.empty();
}

/// Leaves the header's cells in the scanner.
Status XlsxReader::read_header() {
  for (;;) {
    TRY_ASSIGN(const Row row, next_row());
    if (row == Row::refilled) {
      arena_.clear();
      continue;
    }
    const auto& cells = scanner_.cells();
    const bool blank = row == Row::end || std::none_of(cells.begin(), cells.end(), [&](auto& cell) {
                         return holds_something(cell);
                       });
    const bool right_row = header_row_ == 0 || scanner_.row() == header_row_;
    const bool passed = header_row_ > 0 && scanner_.row() >= header_row_;
    if (row == Row::end || (passed && (blank || !right_row))) {
      return no_header_row(book_.archive.file_name(), book_.sheet, header_row_);
    }
    if (!blank && right_row) return {};
  }
}

std::size_t XlsxReader::strings_in_header() const {
  std::size_t most = 0;
  for (const SheetCell& cell : scanner_.cells()) {
    if (cell.type != SheetCell::Type::shared) continue;
    const std::size_t index = index_of(cell.value);
    most = std::max(most, index == std::numeric_limits<std::size_t>::max() ? 0 : index + 1);
  }
  return most;
}

Status XlsxReader::load_strings(std::size_t most) {
  if (book_.strings_part == nullptr || most == 0) return {};
  TRY_ASSIGN(auto part, book_.archive.read(*book_.strings_part));
  strings_bytes_ = book_.strings_part->packed_size;
  return strings_.load(std::move(part), part_name(book_, *book_.strings_part), most);
}

SheetHeader XlsxReader::header() const {
  SheetHeader header;
  for (const SheetCell& cell : scanner_.cells()) {
    if (cell.type != SheetCell::Type::shared) {
      header.add(cell.column, std::string(cell.value));
    } else if (const std::size_t index = index_of(cell.value); index < strings_.size()) {
      header.add(cell.column, std::string(strings_[index]));
    }
  }
  return header;
}

Status XlsxReader::choose(const std::vector<std::string>& wanted) {
  TRY_ASSIGN(by_column_, header().choose(wanted, book_.archive.file_name()));
  wanted_ = wanted;
  return {};
}

void XlsxReader::look_for(const Needle& needle) {
  // Each is searched for in the sheet: more than a few are not worth it.
  constexpr std::size_t kMostHidden = 8;
  if (needle.empty()) return;
  for (std::size_t i = 0; i < strings_.size(); ++i)
    if (needle.in(strings_[i])) hidden_in_.push_back(i);
  if (hidden_in_.size() <= kMostHidden) needle_ = needle;
}

void XlsxReader::prepare(RowBatch& batch) {
  batch.size = 0;
  batch.malformed.clear();
  batch.columns.resize(wanted_.size());
  for (auto& column : batch.columns) column.resize(RowBatch::kRows);
  batch.rows.resize(RowBatch::kRows);
  arena_.clear();
}

Status XlsxReader::next(RowBatch& batch) {
  prepare(batch);
  while (!ended_ && batch.size < RowBatch::kRows && batch.malformed.size() < RowBatch::kRows) {
    TRY_ASSIGN(const Row row, next_row());
    if (row == Row::found) accept(batch);
    // The cells so far point into the window: they go out before it moves.
    if (row == Row::refilled && (batch.size > 0 || !batch.malformed.empty())) break;
  }
  return {};
}

void XlsxReader::accept(RowBatch& batch) {
  const std::size_t row = batch.size;
  for (auto& column : batch.columns) column[row] = Cell();
  bool blank = true;
  for (const SheetCell& cell : scanner_.cells()) {
    blank = blank && !holds_something(cell);
    if (cell.column >= by_column_.size() || by_column_[cell.column].empty()) continue;
    const Cell text = text_of(cell);
    if (cell.type == SheetCell::Type::shared && text.data() == nullptr) return reject(batch, cell);
    for (const std::size_t column : by_column_[cell.column]) batch.columns[column][row] = text;
  }
  if (blank) return;
  batch.rows[row] = scanner_.row();
  ++batch.size;
}

Cell XlsxReader::text_of(const SheetCell& cell) {
  switch (cell.type) {
    case SheetCell::Type::number: {
      if (cell.value.empty()) return {};
      const NumberKind kind =
          cell.style < book_.styles.size() ? book_.styles[cell.style] : NumberKind::number;
      return kind == NumberKind::number ? number_text(cell.value, arena_)
                                        : serial_text(cell.value, kind, book_.dates, arena_);
    }
    case SheetCell::Type::shared: {
      const std::size_t index = index_of(cell.value);
      return index < strings_.size() ? strings_[index] : Cell();
    }
    case SheetCell::Type::text:
      return cell.value;
    case SheetCell::Type::boolean:
      return cell.value == "1" || cell.value == "true" ? "TRUE" : "FALSE";
    case SheetCell::Type::error:
      return {};
    case SheetCell::Type::date:
      return iso_date_text(cell.value);
  }
  return {};
}

void XlsxReader::reject(RowBatch& batch, const SheetCell& cell) {
  batch.malformed.push_back(
      {scanner_.row(), wanted_[by_column_[cell.column][0]], presentable(cell.value, kMaxRawBytes),
       fmt::format("the cell refers to a shared string that the workbook does not have ({} are "
                   "there)",
                   strings_.size())});
}

Result<std::unique_ptr<XlsxReader>> opened(ZipArchive archive, const XlsxOptions& options) {
  TRY_ASSIGN(XlsxWorkbook book, open_xlsx_workbook(std::move(archive), options.sheet));
  // Moving the book moves the entries' vector, not the entries: the pointers into it stay good.
  TRY_ASSIGN(auto bytes, book.archive.read(*book.sheet_part));
  TRY_ASSIGN(XmlWindow window,
             XmlWindow::open(std::move(bytes), part_name(book, *book.sheet_part)));
  auto reader =
      std::make_unique<XlsxReader>(std::move(book), std::move(window), options.header_row);
  TRY_STATUS(reader->read_header());
  return reader;
}

}  // namespace

Result<std::unique_ptr<RowReader>> open_xlsx(ZipArchive archive, const XlsxOptions& options,
                                             const std::vector<std::string>& columns,
                                             const Needle& needle) {
  TRY_ASSIGN(auto reader, opened(std::move(archive), options));
  TRY_STATUS(reader->load_strings(std::numeric_limits<std::size_t>::max()));
  TRY_STATUS(reader->choose(columns));
  reader->look_for(needle);
  return reader;
}

Result<std::vector<std::string>> columns_of_xlsx(ZipArchive archive, const XlsxOptions& options) {
  TRY_ASSIGN(auto reader, opened(std::move(archive), options));
  TRY_STATUS(reader->load_strings(reader->strings_in_header()));
  return reader->header().names();
}

}  // namespace quarentena
