#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sources/format/row_reader.h"

namespace quarentena {

/// A spreadsheet of any kind: xlsx is streamed (xlsx_reader.h), xls, xlsb and ods go through the
/// native reader, which decodes the whole sheet. Decided by content, not by the file's name.
Result<std::unique_ptr<RowReader>> open_workbook(const std::filesystem::path& file,
                                                 const XlsxOptions& options,
                                                 const std::vector<std::string>& columns,
                                                 const Needle& needle = {});

Result<std::vector<std::string>> columns_of_workbook(const std::filesystem::path& file,
                                                     const XlsxOptions& options);

}  // namespace quarentena
