#pragma once

#include <memory>
#include <string>

#include "spark/calls.h"

/// Internal to src/spark.
namespace quarentena {

/// One statement on the server, whose answers survive the connection they come over: it is taken up
/// again after the last answer that came (Spark's reattachable execution). One thread at a time.
class Operation {
 public:
  Operation(SparkCalls& calls, proto::Plan plan);
  /// Tells the server to forget it, and to stop it when it still runs.
  ~Operation();
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  /// The next answer of substance. False when the server said that there is no more. Progress is
  /// told to the session's options.
  Result<bool> next(proto::ExecutePlanResponse& response);

 private:
  Result<bool> next_response(proto::ExecutePlanResponse& response);
  Status connect();
  Status after_break(const grpc::Status& status);
  void report(const proto::ExecutePlanResponse::ExecutionProgress& progress) const;
  void release();

  enum class Attach { execute, reattach };
  using Reader = grpc::ClientReader<proto::ExecutePlanResponse>;

  SparkCalls& calls_;
  proto::ExecutePlanRequest request_;
  Attach attach_ = Attach::execute;
  std::string last_response_;  ///< empty: none came yet
  int since_;                  ///< interrupts before it began
  Retries retries_;
  bool signed_in_again_ = false;
  bool sent_ = false;
  bool released_ = false;
  std::chrono::steady_clock::time_point attached_;
  std::shared_ptr<SparkCalls::Stub> stub_;
  std::unique_ptr<SparkCalls::InFlight> call_;
  std::unique_ptr<Reader> reader_;
};

}  // namespace quarentena
