#pragma once

#include <atomic>
#include <memory>

#include "engine/spark/exchange.h"
#include "engine/spark_at.h"
#include "spark/session.h"

namespace quarentena::spark {

/// Where SQL is sent to, ready for the rules' dialect, and how that names a store.
struct Server {
  std::unique_ptr<SqlSession> session;
  Reader reader = Reader::hadoop;
};

/// Errors: as open_spark_session and open_warehouse_session; config when a warehouse counts time in
/// another zone than UTC.
Result<Server> open_server(const SparkAt& at, const std::atomic<bool>* stop);

}  // namespace quarentena::spark
