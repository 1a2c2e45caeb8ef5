#pragma once

#include <error_details.pb.h>
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <spark/connect/base.grpc.pb.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "spark/arrow_batches.h"

/// For tests only: a Spark Connect server of this process that keeps the protocol and breaks where
/// it is told to.
namespace quarentena::testing {

namespace proto = ::spark::connect;

/// A status as Spark sends it: its ErrorInfo and RetryInfo in the details.
struct Refusal {
  grpc::StatusCode code = grpc::StatusCode::INTERNAL;
  std::string message;
  std::map<std::string, std::string> info = {};  ///< errorClass, sqlState, errorId
  std::optional<int> retry_after_ms = {};

  grpc::Status status() const {
    rpc::Status status;
    status.set_code(code);
    status.set_message(message);
    const auto add = [&](const char* name, const std::string& bytes) {
      auto* any = status.add_details();
      any->set_type_url(std::string("type.googleapis.com/google.rpc.") + name);
      any->set_value(bytes);
    };
    if (!info.empty()) {
      rpc::ErrorInfo error;
      for (const auto& [key, value] : info) (*error.mutable_metadata())[key] = value;
      add("ErrorInfo", error.SerializeAsString());
    }
    if (retry_after_ms) {
      rpc::RetryInfo retry;
      retry.mutable_retry_delay()->set_nanos(*retry_after_ms * 1'000'000);
      add("RetryInfo", retry.SerializeAsString());
    }
    return {code, message, status.SerializeAsString()};
  }
};

inline Refusal handle_refusal(const std::string& what) {
  return {grpc::StatusCode::INTERNAL,
          "[INVALID_HANDLE." + what + "] The handle is invalid.",
          {{"errorClass", "INVALID_HANDLE." + what}, {"sqlState", "HY000"}}};
}

/// "SELECT n" has n batches of one row, the row's number; "WAIT" runs until it is interrupted; all
/// else is a command.
class FakeServer final : public proto::SparkConnectService::Service {
 public:
  explicit FakeServer(
      std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials()) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", std::move(credentials), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~FakeServer() override { server_->Shutdown(std::chrono::system_clock::now()); }

  std::string address(const std::string& parameters = "") const {
    return fmt::format("sc://127.0.0.1:{}/;{}", port_, parameters);
  }

  std::string workspace() const { return fmt::format("http://127.0.0.1:{}", port_); }

  // What a test asks for; guarded by `mutex`.
  std::mutex mutex;
  /// Responses the n-th stream sends before it breaks as `breaks_with` says; the others are whole.
  std::map<int, int> streams_break_after;
  grpc::Status breaks_with{grpc::StatusCode::UNAVAILABLE, "connection reset"};
  std::atomic<bool> silent_break{false};  ///< the broken streams hang instead
  int lost_executions = 0;                ///< so many ExecutePlan never reach us
  std::optional<Refusal> refusal;         ///< of every statement
  std::map<std::string, proto::FetchErrorDetailsResponse> details;
  std::string token;                 ///< the only one accepted; empty: any
  std::string server_session = "1";  ///< another one: it was restarted
  int busy_calls = 0;                ///< so many Config calls are answered UNAVAILABLE
  int skip_row = -1;                 ///< this row's batch is never sent

  // What it saw.
  std::vector<std::string> ran;  ///< each statement once for each time it really ran
  std::multimap<std::string, std::string> headers;
  int streams = 0, reattached = 0, releases = 0, sessions_released = 0;
  std::atomic<int> interrupts{0}, version_asked{0};
  std::map<std::string, std::string> settings;
  std::string session_id;  ///< of the last statement
  std::string uploaded;    ///< the Arrow bytes

 private:
  using Context = grpc::ServerContext;
  using Writer = grpc::ServerWriter<proto::ExecutePlanResponse>;
  struct Running {
    std::vector<proto::ExecutePlanResponse> responses;
    bool waits = false;
  };

  grpc::Status admit(Context* context, const std::string& known_session) {
    for (const auto& [name, value] : context->client_metadata())
      headers.emplace(std::string(name.data(), name.size()),
                      std::string(value.data(), value.size()));
    const auto sent = context->client_metadata().find("authorization");
    if (!token.empty() &&
        (sent == context->client_metadata().end() ||
         std::string(sent->second.data(), sent->second.size()) != "Bearer " + token))
      return {grpc::StatusCode::UNAUTHENTICATED, "the token is expired"};
    if (!known_session.empty() && known_session != server_session)
      return handle_refusal("SESSION_CHANGED").status();
    return grpc::Status::OK;
  }

  template <class Response>
  grpc::Status said(Response* response) {
    response->set_server_side_session_id(server_session);
    return grpc::Status::OK;
  }

  Running run(const proto::Plan& plan) {
    Running operation;
    const auto add = [&] {
      auto& response = operation.responses.emplace_back();
      response.set_response_id(std::to_string(operation.responses.size()));
      response.set_server_side_session_id(server_session);
      return &response;
    };
    add()->mutable_execution_progress()->add_stages()->set_num_tasks(4);
    if (plan.has_root()) {
      const auto& sql = plan.root().sql().query();
      operation.waits = sql == "WAIT";
      const int rows = sql.rfind("SELECT ", 0) == 0 ? std::stoi(sql.substr(7)) : 0;
      for (int row = 0; row < rows; ++row) {
        if (row == skip_row) continue;
        auto* batch = add()->mutable_arrow_batch();
        batch->set_start_offset(row);
        batch->set_row_count(1);
        batch->set_data(*to_ipc({{"n"}, {{std::to_string(row)}}}));
      }
    } else if (plan.command().has_sql_command()) {
      const auto& sql = plan.command().sql_command().input().sql().query();
      ran.push_back(sql);
      auto* relation = add()->mutable_sql_command_result()->mutable_relation();
      if (sql.rfind("SELECT ", 0) == 0 || sql == "WAIT")
        relation->mutable_sql()->set_query(sql);
      else
        relation->mutable_local_relation()->set_schema("");
    } else {
      uploaded = plan.command().create_dataframe_view().input().local_relation().data();
    }
    add()->mutable_result_complete();
    return operation;
  }

  grpc::Status send(Context* context, const std::string& operation, std::size_t from,
                    Writer* writer) {
    std::vector<proto::ExecutePlanResponse> responses;
    std::optional<int> left;
    {
      const std::scoped_lock lock(mutex);
      const auto breaks = streams_break_after.find(streams++);
      if (breaks != streams_break_after.end()) left = breaks->second;
      responses = running_.at(operation).responses;
    }
    for (std::size_t at = from; at < responses.size(); ++at) {
      if (left && (*left)-- == 0) {
        while (silent_break && !context->IsCancelled()) pause();
        return breaks_with;
      }
      if (at + 1 == responses.size() && running_.at(operation).waits) {
        while (!context->IsCancelled() && interrupts == 0) pause();
        return {grpc::StatusCode::CANCELLED, "interrupted"};
      }
      writer->Write(responses[at]);
    }
    return grpc::Status::OK;
  }
  static void pause() { std::this_thread::sleep_for(std::chrono::milliseconds(5)); }

  grpc::Status ExecutePlan(Context* context, const proto::ExecutePlanRequest* request,
                           Writer* writer) override {
    {
      const std::scoped_lock lock(mutex);
      if (lost_executions > 0) {
        --lost_executions;
        return {grpc::StatusCode::UNAVAILABLE, "lost"};
      }
      if (auto status = admit(context, request->client_observed_server_side_session_id());
          !status.ok())
        return status;
      if (refusal) return refusal->status();
      session_id = request->session_id();
      running_[request->operation_id()] = run(request->plan());
    }
    return send(context, request->operation_id(), 0, writer);
  }

  grpc::Status ReattachExecute(Context* context, const proto::ReattachExecuteRequest* request,
                               Writer* writer) override {
    std::size_t from = 0;
    {
      const std::scoped_lock lock(mutex);
      if (auto status = admit(context, request->client_observed_server_side_session_id());
          !status.ok())
        return status;
      ++reattached;
      if (running_.count(request->operation_id()) == 0)
        return handle_refusal("OPERATION_NOT_FOUND").status();
      if (request->has_last_response_id()) from = std::stoul(request->last_response_id());
    }
    return send(context, request->operation_id(), from, writer);
  }

  grpc::Status ReleaseExecute(Context*, const proto::ReleaseExecuteRequest* request,
                              proto::ReleaseExecuteResponse* response) override {
    const std::scoped_lock lock(mutex);
    ++releases;
    running_.erase(request->operation_id());
    return said(response);
  }

  grpc::Status AnalyzePlan(Context* context, const proto::AnalyzePlanRequest* request,
                           proto::AnalyzePlanResponse* response) override {
    const std::scoped_lock lock(mutex);
    if (auto status = admit(context, request->client_observed_server_side_session_id());
        !status.ok())
      return status;
    ++version_asked;
    response->mutable_spark_version()->set_version("4.0.0-fake");
    return said(response);
  }

  grpc::Status Config(Context* context, const proto::ConfigRequest* request,
                      proto::ConfigResponse* response) override {
    const std::scoped_lock lock(mutex);
    if (busy_calls > 0) {
      --busy_calls;
      return refusal ? refusal->status() : grpc::Status(grpc::StatusCode::UNAVAILABLE, "too busy");
    }
    if (auto status = admit(context, request->client_observed_server_side_session_id());
        !status.ok())
      return status;
    for (const auto& pair : request->operation().set().pairs()) settings[pair.key()] = pair.value();
    return said(response);
  }

  grpc::Status Interrupt(Context*, const proto::InterruptRequest*,
                         proto::InterruptResponse* response) override {
    const std::scoped_lock lock(mutex);
    ++interrupts;
    return said(response);
  }

  grpc::Status FetchErrorDetails(Context*, const proto::FetchErrorDetailsRequest* request,
                                 proto::FetchErrorDetailsResponse* response) override {
    const std::scoped_lock lock(mutex);
    *response = details[request->error_id()];
    return said(response);
  }

  grpc::Status ReleaseSession(Context*, const proto::ReleaseSessionRequest*,
                              proto::ReleaseSessionResponse* response) override {
    const std::scoped_lock lock(mutex);
    ++sessions_released;
    return said(response);
  }

  int port_ = 0;
  std::map<std::string, Running> running_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace quarentena::testing
