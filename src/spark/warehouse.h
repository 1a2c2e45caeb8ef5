#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "net/databricks_client.h"
#include "spark/session.h"

namespace quarentena {

struct WarehouseOptions {
  std::shared_ptr<DatabricksClient> login;
  std::string warehouse_id;
  const std::atomic<bool>* stop = nullptr;  ///< set: as interrupt(). May be null
};

/// A Databricks SQL warehouse, through the Statement Execution API
/// (docs.databricks.com/api/workspace/statementexecution). Every statement stands alone there:
/// set() and upload_view() fail with config, and a name is written whole (catalog.schema.table). A
/// query without rows may give no batch. A statement whose submission got no answer is not sent
/// again: transient, and it may have run. Asks for the warehouse first: errors as
/// DatabricksClient::call, and missing.
Result<std::unique_ptr<SqlSession>> open_warehouse_session(WarehouseOptions options);

}  // namespace quarentena
