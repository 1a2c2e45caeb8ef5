#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "table/table.h"

/// Delta tables of ours that are small: one data file, read whole and replaced whole, because that
/// is what costs the reader least; or a few, when replacing it would cost the writer too much.
namespace quarentena {

enum class SmallType { text, whole, integer, date, timestamp };

struct SmallColumn {
  std::string name;
  SmallType type = SmallType::text;
};

/// NULL, a text, or a number: of days since 1970-01-01 for a date, of milliseconds for a timestamp.
using SmallValue = std::variant<std::monostate, std::int64_t, std::string>;
using SmallRow = std::vector<SmallValue>;  ///< one value per column

struct SmallTable {
  std::int64_t version = -1;  ///< -1: no table there
  std::vector<SmallRow> rows;
  std::map<std::string, std::int64_t> txns;  ///< of the applications asked for that left one
};

/// Only `columns`, which may be some of the table's. An absent table is one without rows. Errors:
/// data when it has not these columns.
Result<SmallTable> read_small_table(const TableAt& at, const std::vector<SmallColumn>& columns,
                                    const std::vector<std::string>& applications);

struct SmallCommit {
  std::int64_t on_version = -1;  ///< SmallTable::version; -1 creates the table
  std::vector<SmallColumn> columns;
  std::vector<SmallRow> rows;
  std::map<std::string, std::int64_t> txns;
  std::map<std::string, std::string> commit_info;
};
/// One commit that puts `rows` in place of all rows of `on_version`. Conflict: that is not the
/// latest any more, and what `rows` were made from is old; no file of ours is left.
Result<std::variant<Committed, Conflict>> replace_small_table(const TableAt& at,
                                                              const SmallCommit& change);
/// The same, but the rows come beside those that are there, in a file more, which each reader pays
/// for: replace the table now and then.
Result<std::variant<Committed, Conflict>> append_to_small_table(const TableAt& at,
                                                                const SmallCommit& change);

/// The latest version; nullopt: no Delta table there.
Result<std::optional<std::int64_t>> latest_version(const TableAt& at);

}  // namespace quarentena
