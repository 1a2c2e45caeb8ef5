#pragma once

#include <filesystem>
#include <string>

#include "engine/duckdb/database.h"
#include "table/table.h"

namespace quarentena::duck {

/// Writes a query's rows to one Parquet file (Snappy) and tells its size and Delta statistics:
/// numRecords and nullCount of every column; minValues and maxValues of all but email, telefone and
/// assunto, whose values are personal data and would stand in clear in the table's log.
/// NewFile::path is the file's name; partition is left empty.
Result<NewFile> write_parquet(Connection& connection, const std::string& sql,
                              const std::filesystem::path& file);

}  // namespace quarentena::duck
