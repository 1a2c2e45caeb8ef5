#pragma once

#include <memory>
#include <string>

#include "spark/session.h"

struct qn_ipc;

/// Internal to src/spark.
namespace quarentena {

/// One complete Arrow IPC stream in memory.
class ArrowBatches {
 public:
  /// Error: data, when it does not begin as one.
  static Result<ArrowBatches> open(const std::string& bytes);
  /// As SqlAnswer::next.
  Result<bool> next(void* schema, void* array);

 private:
  struct Close {
    void operator()(qn_ipc* stream) const;
  };
  explicit ArrowBatches(qn_ipc* stream) : stream_(stream) {}
  std::unique_ptr<qn_ipc, Close> stream_;
};

/// Error: bug, when a row has not as many values as there are columns.
Result<std::string> to_ipc(const TextRows& rows);

}  // namespace quarentena
