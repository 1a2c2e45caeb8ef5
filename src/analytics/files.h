#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "analytics/analytics.h"

namespace quarentena::analytics {

enum class FileFormat { csv, json, parquet, xlsx, svg };
const char* name(FileFormat format);  ///< which is the ending of such a file, too
std::optional<FileFormat> file_format(std::string_view name);

/// A record a row, after one of the columns' names. In columns of text, what a spreadsheet would
/// take for a formula gets an apostrophe before it (formula_safe).
std::string csv_text(const Table& table);

/// A text that begins with = + - @, a tab or a carriage return comes back with a ' before it.
std::string formula_safe(const std::string& text);

/// Writes an outcome to a file of its own, in place of what was there; a file is whole or not
/// there. xlsx has the rows as numbers, days and texts (never formulas) and a sheet that says what
/// they are. Errors: machine, auth; config for svg of an analysis without a chart.
Status write_file(const Analysis& analysis, const Outcome& outcome, FileFormat format,
                  Language language, const std::filesystem::path& file);

}  // namespace quarentena::analytics
