#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/duckdb/database.h"
#include "table/table.h"

namespace quarentena::duck {

/// Rows of a Delta table that only its own reader gets right (deletion vectors, column mapping,
/// ...) as a view over an Arrow stream. The stream is read once, by one thread.
class DeltaRows {
 public:
  DeltaRows();
  ~DeltaRows();
  DeltaRows(const DeltaRows&) = delete;
  DeltaRows& operator=(const DeltaRows&) = delete;

  /// Creates the view `name` with `columns` (top-level) of the snapshot, plus `__file` (the table's
  /// location) and `__row` (the position in the scan). This object must outlive the view.
  Status create_view(Connection& connection, const std::string& name, const Snapshot& snapshot,
                     const std::vector<std::string>& columns);

  /// Why the stream broke, if it did.
  const std::optional<Error>& error() const;

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace quarentena::duck
