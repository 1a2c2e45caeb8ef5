#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/duckdb/database.h"
#include "engine/engine.h"
#include "sources/format/row_reader.h"

namespace quarentena::duck {

/// The delivered files of a row format (csv, json, spreadsheets) as DuckDB sees them.
struct DeliveredRows {
  std::vector<DeliveredFile> files;
  Format format;
  std::vector<std::string> columns;  ///< wanted, as ReaderOptions::columns
  SourceProgress* progress = nullptr;
  Needle needle = {};  ///< as ReaderOptions::needle

  /// Filled while the query runs.
  std::atomic<std::int64_t> records{0};  ///< handed to the query
  std::mutex mutex;
  std::vector<std::pair<std::string, Malformed>> malformed;  ///< with the file; at most kMaxKept
  std::int64_t malformed_count = 0;
  std::optional<Error> error;           ///< why the query failed, when a reader is to blame
  std::vector<std::string> never_seen;  ///< RowReader::never_seen in every file

  static constexpr std::size_t kMaxKept = 100'000;
};

/// Creates the view `name` with every wanted column as VARCHAR (trimmed, NULL when empty), plus
/// `__file` VARCHAR and `__row` BIGINT. Files are read in parallel, one thread a file; columns that
/// a query does not use are not read. `rows` must outlive the view.
Status create_rows_view(Connection& connection, const std::string& name, DeliveredRows& rows);

/// Once per database, before the first view.
Status register_delivered_rows(Connection& connection);

}  // namespace quarentena::duck
