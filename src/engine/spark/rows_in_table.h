#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/duckdb/database.h"
#include "table/table.h"

namespace quarentena::spark {

/// The Parquet files that Spark wrote into `folder` of the table's own store, as
/// duck::written_elsewhere() tells them: only their footers come here. `scratch` is a new folder of
/// this machine. Errors: those of the store; data when one is no Parquet file.
struct RowsInTable {
  const TableAt& table;
  std::string folder;  ///< relative to the table
  std::filesystem::path scratch;
  std::size_t threads = 1;
  StopFlag stop = nullptr;
};
Result<std::vector<NewFile>> rows_in_table(duck::Connection& connection, const RowsInTable& rows);

}  // namespace quarentena::spark
