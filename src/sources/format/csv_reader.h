#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sources/format/row_reader.h"

namespace quarentena {

/// RFC 4180 with the configured separator and quote; line ends are LF, CRLF, or CR alone when the
/// file has no LF. Empty lines are no records. A quote inside a field that does not begin with one
/// is text (`TV 42"`). Everything else that is not as it should be is Malformed, and reading goes
/// on at the line after the one on which the bad record began.
Result<std::unique_ptr<RowReader>> open_csv(const std::filesystem::path& file,
                                            const CsvOptions& options,
                                            const std::vector<std::string>& columns,
                                            const Needle& needle = {});

/// The header's names, or the given ones.
Result<std::vector<std::string>> columns_of_csv(const std::filesystem::path& file,
                                                const CsvOptions& options);

}  // namespace quarentena
