#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sources/format/row_reader.h"
#include "sources/format/zip_archive.h"

namespace quarentena {

/// The rows of one sheet of an xlsx, streamed. A row whose cells are all empty is no record.
///
/// Cells as text: cell_text.h; booleans TRUE and FALSE; errors (#N/A) NULL; of merged cells the
/// first has the value and the others are NULL.
Result<std::unique_ptr<RowReader>> open_xlsx(ZipArchive archive, const XlsxOptions& options,
                                             const std::vector<std::string>& columns,
                                             const Needle& needle = {});

/// The names in the header row, left to right, blank ones left out.
Result<std::vector<std::string>> columns_of_xlsx(ZipArchive archive, const XlsxOptions& options);

}  // namespace quarentena
