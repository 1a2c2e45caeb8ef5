#include "analytics/xlsx.h"

#include <fmt/format.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace quarentena::analytics {
namespace {

constexpr std::size_t kLongestText = 32'767;    // what a cell holds
constexpr double kLargestExact = 9.007'199e15;  // of a double; larger ones would lose digits

lxw_row_t row_number(std::size_t row) { return static_cast<lxw_row_t>(row); }
lxw_col_t column_number(std::size_t column) { return static_cast<lxw_col_t>(column); }

/// A workbook that is being written; what it holds is on the disk after close().
class Workbook {
 public:
  explicit Workbook(const std::filesystem::path& file)
      : book_(workbook_new(file.c_str())),
        bold_(workbook_add_format(book_)),
        day_(workbook_add_format(book_)) {
    format_set_bold(bold_);
    format_set_num_format(day_, "yyyy-mm-dd");
  }
  ~Workbook() {
    if (book_) workbook_close(book_);
  }
  Workbook(const Workbook&) = delete;
  Workbook& operator=(const Workbook&) = delete;

  lxw_worksheet* add_sheet(const char* name) { return workbook_add_worksheet(book_, name); }

  void head(lxw_worksheet* sheet, std::size_t row, std::size_t column, const std::string& text) {
    note(
        worksheet_write_string(sheet, row_number(row), column_number(column), text.c_str(), bold_));
  }

  void value(lxw_worksheet* sheet, std::size_t row, std::size_t column, const std::string& value,
             AnswerType type) {
    const auto r = row_number(row);
    const auto c = column_number(column);
    const auto day = type == AnswerType::date ? Date::parse_iso(value) : std::nullopt;
    const double number = std::strtod(value.c_str(), nullptr);
    const bool is_number = type == AnswerType::whole || type == AnswerType::real;
    if (is_number && number > -kLargestExact && number < kLargestExact)
      note(worksheet_write_number(sheet, r, c, number, nullptr));
    else if (day && day->iso() >= "1900-03-01")  // before it Excel has a day that never was
      note(worksheet_write_number(sheet, r, c, day->days() + 25'569, day_));
    else if (type == AnswerType::truth)
      note(worksheet_write_boolean(sheet, r, c, value == "true", nullptr));
    else
      note(worksheet_write_string(sheet, r, c, value.substr(0, kLongestText).c_str(), nullptr));
  }

  Status close(const std::filesystem::path& file) {
    note(workbook_close(std::exchange(book_, nullptr)));
    if (error_ == LXW_NO_ERROR) return {};
    return fail(ErrorKind::machine,
                fmt::format("cannot write {}: {}", file.string(), lxw_strerror(error_)),
                "check the folder, its permissions and the free space there and in TMPDIR");
  }

 private:
  void note(lxw_error error) {
    if (error_ == LXW_NO_ERROR) error_ = error;
  }

  lxw_workbook* book_;
  lxw_format* bold_;
  lxw_format* day_;
  lxw_error error_ = LXW_NO_ERROR;
};

void write_rows(Workbook& book, const Table& table) {
  auto* sheet = book.add_sheet("dados");
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    auto widest = table.columns[c].name.size();
    book.head(sheet, 0, c, table.columns[c].name);
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      const auto& value = table.rows[r][c];
      if (!value) continue;
      widest = std::max(widest, value->size());
      book.value(sheet, r + 1, c, *value, table.columns[c].type);
    }
    worksheet_set_column(sheet, column_number(c), column_number(c),
                         static_cast<double>(std::min<std::size_t>(widest, 50)) + 2, nullptr);
  }
  worksheet_freeze_panes(sheet, 1, 0);
}

void write_about(Workbook& book, const Analysis& analysis, const Outcome& outcome,
                 Language language) {
  auto* sheet = book.add_sheet("sobre");
  std::size_t row = 0;
  const auto line = [&](const std::string& key, const std::string& value) {
    book.head(sheet, row, 0, key);
    book.value(sheet, row++, 1, value, AnswerType::text);
  };
  line(analysis.name, analysis.title.in(language));
  line("", analysis.description.in(language));
  for (const auto& [key, value] : outcome.values) line(key, value);
  book.head(sheet, row, 0, "version");
  book.value(sheet, row, 1, std::to_string(outcome.version), AnswerType::whole);
  worksheet_set_column(sheet, 0, 0, 24, nullptr);
  worksheet_set_column(sheet, 1, 1, 100, nullptr);
}

}  // namespace

Status write_xlsx(const Analysis& analysis, const Outcome& outcome, Language language,
                  const std::filesystem::path& file) {
  Workbook book(file);
  write_rows(book, outcome.table);
  write_about(book, analysis, outcome, language);
  return book.close(file);
}

}  // namespace quarentena::analytics
