#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/duckdb/database.h"
#include "engine/duckdb/delta_rows.h"
#include "engine/engine.h"

namespace quarentena::duck {

/// The two days of a check as views over one connection; lives as long as queries over them run.
class EarlyReleases {
 public:
  static Result<std::unique_ptr<EarlyReleases>> open(Connection& connection,
                                                     const ReleaseCheck& check);

  Result<ReleaseCount> count(ReleaseCheck::Made made);

  /// `judged` is the relation of judged_rows(), empty when nothing was delivered.
  Result<Answer> list(const std::string& judged);

 private:
  explicit EarlyReleases(Connection& connection) : connection_(connection) {}
  Status show_before(const ReleaseCheck& check);
  /// nullopt: it takes the join to tell.
  Result<std::optional<ReleaseCount>> count_without_joining();

  Connection& connection_;
  DeltaRows scanned_;
};

/// A row of list()'s answer.
EarlyRelease to_early_release(const std::vector<std::optional<std::string>>& row);

}  // namespace quarentena::duck
