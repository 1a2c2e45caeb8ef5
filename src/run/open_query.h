#pragma once

#include <atomic>
#include <memory>

#include "config/plan.h"
#include "engine/table_query.h"

namespace quarentena {

struct QueryNeeds {
  AsOf as_of = {};
  const std::atomic<bool>* stop = nullptr;  ///< may be null
  EngineChoice::Kind engine = EngineChoice::Kind::duckdb;
};

/// A session over the plan's published table, its source ledger, its rejects and its runs. Errors: as
/// find_published_table and open_table_query; on Spark as open_spark_table_query.
Result<std::unique_ptr<TableQuery>> open_query(const Plan& plan, const QueryNeeds& needs);

}  // namespace quarentena
