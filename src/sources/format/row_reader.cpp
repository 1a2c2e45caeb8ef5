#include "sources/format/row_reader.h"

#include <fmt/format.h>

#include "sources/format/csv_reader.h"
#include "sources/format/json_reader.h"
#include "sources/format/workbook_reader.h"

namespace quarentena {
namespace {

tl::unexpected<Error> not_row_by_row(const Format& format) {
  return fail(ErrorKind::bug, fmt::format("{} is not read row by row", format_name(format)));
}

}  // namespace

Result<std::optional<std::vector<std::string>>> columns_of(const std::filesystem::path& file,
                                                           const Format& format) {
  if (const auto* csv = std::get_if<CsvOptions>(&format)) return columns_of_csv(file, *csv);
  if (const auto* xlsx = std::get_if<XlsxOptions>(&format)) {
    return columns_of_workbook(file, *xlsx);
  }
  if (std::holds_alternative<JsonOptions>(format)) return std::nullopt;
  return not_row_by_row(format);
}

Result<std::unique_ptr<RowReader>> open_rows(const std::filesystem::path& file,
                                             const ReaderOptions& options) {
  if (const auto* csv = std::get_if<CsvOptions>(&options.format)) {
    return open_csv(file, *csv, options.columns, options.needle);
  }
  if (const auto* xlsx = std::get_if<XlsxOptions>(&options.format)) {
    return open_workbook(file, *xlsx, options.columns, options.needle);
  }
  if (std::holds_alternative<JsonOptions>(options.format))
    return open_json(file, options.columns, options.needle);
  return not_row_by_row(options.format);
}

}  // namespace quarentena
