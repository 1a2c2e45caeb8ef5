#pragma once

#include <string>
#include <vector>

#include "engine/duckdb/database.h"

namespace quarentena::duck {

/// The groups of a canal (rules.h), computed once and read several times as the view `groups`. They
/// stay in the chunks that the aggregation gave, which a temporary table would copy and index.
class Groups {
 public:
  Groups() = default;
  ~Groups();
  Groups(const Groups&) = delete;
  Groups& operator=(const Groups&) = delete;

  /// Runs `sql` and creates the view. This object must outlive it.
  Status compute(Connection& connection, const std::string& sql);

 private:
  friend struct GroupsFunction;
  std::vector<std::string> names_;
  std::vector<duckdb_logical_type> types_;
  std::vector<duckdb_data_chunk> chunks_;
};

/// Once per database, before the first Groups.
Status register_groups(Connection& connection);

}  // namespace quarentena::duck
