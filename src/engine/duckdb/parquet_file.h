#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/duckdb/database.h"
#include "table/table.h"

namespace quarentena::duck {

/// Writes a query's rows to one Parquet file (Snappy) and tells its size and Delta statistics:
/// numRecords and nullCount of every column; minValues and maxValues of all but email, telefone and
/// assunto, whose values are personal data and would stand in clear in the table's log.
/// NewFile::path is the file's name; partition is left empty.
Result<NewFile> write_parquet(Connection& connection, const std::string& sql,
                              const std::filesystem::path& file);

/// The Parquet files that another engine wrote into `folder`, as write_parquet() tells them; those
/// without rows are left out. Reads their footers only. Paths are relative to `folder`.
Result<std::vector<NewFile>> written_elsewhere(Connection& connection,
                                               const std::filesystem::path& folder);

/// How many rows they hold, by those statistics.
std::int64_t rows_in(const std::vector<NewFile>& files);

}  // namespace quarentena::duck
