#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sources/format/row_reader.h"

namespace quarentena {

/// xls, xlsb and ods, through calamine. The same cells as text as xlsx_reader.h gives.
Result<std::unique_ptr<RowReader>> open_native_workbook(const std::filesystem::path& file,
                                                        const XlsxOptions& options,
                                                        const std::vector<std::string>& columns);

Result<std::vector<std::string>> columns_of_native_workbook(const std::filesystem::path& file,
                                                            const XlsxOptions& options);

}  // namespace quarentena
