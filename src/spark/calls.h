#pragma once

#include <grpcpp/grpcpp.h>
#include <spark/connect/base.grpc.pb.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "spark/server_error.h"
#include "spark/session.h"

/// Internal to src/spark.
namespace quarentena {

namespace proto = ::spark::connect;

/// The calls of one session: who we are in each of them, what became of them. Safe from any thread.
class SparkCalls {
 public:
  /// Errors: config (the authority's file cannot be read).
  static Result<std::unique_ptr<SparkCalls>> open(SparkOptions options);

  const SparkOptions& options() const { return options_; }
  const std::string& session_id() const { return session_id_; }
  using Stub = proto::SparkConnectService::Stub;
  /// Whoever has a call under way keeps it.
  std::shared_ptr<Stub> stub() const;

  /// Puts the session and the user into a request.
  template <class Request>
  void introduce(Request& request) const {
    request.set_session_id(session_id_);
    request.set_client_type(client_type_);
    if (!options_.address.user_id.empty())
      request.mutable_user_context()->set_user_id(options_.address.user_id);
    if constexpr (requires { request.set_client_observed_server_side_session_id(""); }) {
      const std::scoped_lock lock(mutex_);
      if (!server_session_.empty())
        request.set_client_observed_server_side_session_id(server_session_);
    }
  }
  /// Every answer names the server's own session: the next request tells it, so that a server that
  /// restarted does not run half of our work in an empty one.
  template <class Response>
  void remember(const Response& response) {
    const std::scoped_lock lock(mutex_);
    if (!response.server_side_session_id().empty())
      server_session_ = response.server_side_session_id();
    last_heard_ = std::chrono::steady_clock::now();
  }
  std::chrono::steady_clock::time_point last_heard() const;

  /// One call that is under way: interrupt() ends it.
  class InFlight {
   public:
    InFlight(SparkCalls& calls, std::chrono::milliseconds timeout);
    ~InFlight();
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;
    /// Signs it. Errors: those of the login.
    Status sign();
    grpc::ClientContext context;

   private:
    SparkCalls& calls_;
  };

  /// A call with one answer, tried again as the policy says. `introduce` is done here.
  template <class Request, class Response>
  Result<Response> call(grpc::Status (proto::SparkConnectService::Stub::*method)(
                            grpc::ClientContext*, const Request&, Response*),
                        Request request, const RetryPolicy& policy);
  template <class Request, class Response>
  Result<Response> call(grpc::Status (proto::SparkConnectService::Stub::*method)(
                            grpc::ClientContext*, const Request&, Response*),
                        Request request) {
    return call<Request, Response>(method, std::move(request), options_.retry);
  }

  struct Failure {
    Error error;
    NextStep next = NextStep::give_up;
    std::optional<std::chrono::milliseconds> wait;  ///< the server asks for it
  };
  /// Asks the server for what did not fit into the status. A call whose time is over takes its
  /// connection with it: gRPC would put the next one onto the same dead one.
  Failure judge(const grpc::Status& status);
  /// Waits before another try, or gives the error when there is none left. sign_in is answered by
  /// another token, once in a row.
  Status before_retry(const Failure& failure, Retries& retries, bool& signed_in_again);

  void interrupt();
  int interrupts() const { return interrupts_; }
  /// Error: machine, when an interrupt came after `since`.
  Status check_interrupt(int since) const;
  bool lost() const { return lost_; }

 private:
  explicit SparkCalls(SparkOptions options);
  void connect();
  void ask_for_details(ServerError& said);
  Status wait(std::chrono::milliseconds time, int since) const;

  const SparkOptions options_;
  const std::string session_id_;
  const std::string client_type_;
  std::shared_ptr<grpc::ChannelCredentials> credentials_;
  mutable std::mutex mutex_;
  std::shared_ptr<Stub> stub_;
  std::string server_session_;
  std::chrono::steady_clock::time_point last_heard_ = std::chrono::steady_clock::now();
  std::set<grpc::ClientContext*> in_flight_;
  std::atomic<int> interrupts_{0};
  std::atomic<bool> lost_{false};
};

template <class Request, class Response>
Result<Response> SparkCalls::call(grpc::Status (proto::SparkConnectService::Stub::*method)(
                                      grpc::ClientContext*, const Request&, Response*),
                                  Request request, const RetryPolicy& policy) {
  Retries retries(policy);
  bool signed_in_again = false;
  const int since = interrupts_;
  while (true) {
    introduce(request);
    InFlight call(*this, options_.call_timeout);
    TRY_STATUS(check_interrupt(since));
    TRY_STATUS(call.sign());
    Response response;
    const auto status = (stub().get()->*method)(&call.context, request, &response);
    if (status.ok()) {
      remember(response);
      return response;
    }
    TRY_STATUS(check_interrupt(since));
    TRY_STATUS(before_retry(judge(status), retries, signed_in_again));
  }
}

/// A UUID of version 4.
std::string new_uuid();

}  // namespace quarentena
