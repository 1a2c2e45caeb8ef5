#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <memory>

#include "engine/engine.h"

namespace quarentena {

struct EngineNeeds {
  std::size_t threads = 1;
  std::filesystem::path folder = {};        ///< for files between us and Spark; empty: in staging
  std::filesystem::path spill_folder = {};  ///< as DuckDbOptions
  const std::atomic<bool>* stop = nullptr;  ///< may be null
};

/// The engine writes rows to their place in the table: CanalLoad::in_table.
bool places_rows(const Plan& plan);

/// Where the plan's Spark is; nobody is asked yet. Errors: as resolve_secret and databricks_login.
Result<SparkAt> find_spark(const Plan& plan, const std::atomic<bool>* stop);

/// The engine that the plan chooses. Errors: as open_spark_engine and find_spark.
Result<std::unique_ptr<Engine>> open_engine(const Plan& plan, const EngineNeeds& needs);

}  // namespace quarentena
