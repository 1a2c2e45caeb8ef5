#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sources/format/cell_text.h"
#include "sources/format/number_format.h"
#include "sources/format/zip_archive.h"

namespace quarentena {

/// What an xlsx says about itself besides its cells.
struct XlsxWorkbook {
  ZipArchive archive;
  std::string sheet;                       ///< the chosen sheet's name
  const ZipEntry* sheet_part = nullptr;    ///< into `archive`
  const ZipEntry* strings_part = nullptr;  ///< null: the workbook shares no strings
  std::vector<NumberKind> styles;          ///< by a cell's `s`
  DateSystem dates = DateSystem::from_1900;
};

/// Finds the parts through the package's relationships, whatever they are called. `sheet` empty:
/// the first worksheet. Errors: data (parts missing or damaged; no such sheet: names those there).
Result<XlsxWorkbook> open_xlsx_workbook(ZipArchive archive, const std::string& sheet);

/// The archive has the parts of an xlsx (and not of xlsb, ods or something else).
bool looks_like_xlsx(const ZipArchive& archive);

}  // namespace quarentena
