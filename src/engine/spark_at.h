#pragma once

#include <memory>
#include <string>

#include "base/secret.h"

namespace quarentena {

class DatabricksClient;

/// Where Spark is: a server, or one of a Databricks workspace's computes.
struct SparkAt {
  Secret address;  ///< `sc://...`; empty: SPARK_REMOTE says, unless `databricks` is set
  std::shared_ptr<DatabricksClient> databricks = {};
  std::string cluster = {};    ///< its id, or "serverless"
  std::string warehouse = {};  ///< its id
};

}  // namespace quarentena
