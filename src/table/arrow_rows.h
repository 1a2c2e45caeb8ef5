#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "table/arrow_c_data.h"
#include "table/small_table.h"

/// Rows to Arrow C data and back. Internal to src/table.
namespace quarentena {

/// The schema's texts and nodes belong to this object; `schema()` is to be used before it goes.
class ArrowColumns {
 public:
  explicit ArrowColumns(const std::vector<SmallColumn>& columns);
  ArrowColumns(const ArrowColumns&) = delete;
  ArrowColumns& operator=(const ArrowColumns&) = delete;
  ArrowSchema* schema() { return &top_; }

 private:
  const std::vector<SmallColumn>& columns_;
  std::vector<ArrowSchema> children_;
  std::vector<ArrowSchema*> pointers_;
  ArrowSchema top_{};
};

/// Owns all that it holds, until its release is called. Errors: bug when a row has not one value
/// of its type per column; machine when a column's text passes 2 GB.
Result<ArrowArray> arrow_of(const std::vector<SmallColumn>& columns,
                            const std::vector<SmallRow>& rows);

/// Appends the batch's rows; nullopt: done, otherwise which column is not of its type.
std::optional<std::string> append_rows(const std::vector<SmallColumn>& columns,
                                       const ArrowSchema& schema, const ArrowArray& batch,
                                       std::vector<SmallRow>& rows);

}  // namespace quarentena
