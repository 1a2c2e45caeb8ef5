#include "spark/operation.h"

#include <fmt/format.h>

namespace quarentena {
namespace {

constexpr std::chrono::seconds kOrderlyEnd{1};
constexpr std::chrono::seconds kLongerThanAnyConnect{30};

}  // namespace

Operation::Operation(SparkCalls& calls, proto::Plan plan)
    : calls_(calls), since_(calls.interrupts()), retries_(calls.options().retry) {
  *request_.mutable_plan() = std::move(plan);
  // Ours from the beginning: it can be taken up again before the first answer came.
  request_.set_operation_id(new_uuid());
  request_.add_request_options()->mutable_reattach_options()->set_reattachable(true);
}

Operation::~Operation() {
  if (call_) call_->context.TryCancel();
  release();
}

Result<bool> Operation::next(proto::ExecutePlanResponse& response) {
  while (true) {
    TRY_ASSIGN(const bool more, next_response(response));
    if (!more || response.has_result_complete()) {
      release();
      return false;
    }
    if (!response.has_execution_progress()) return true;
    report(response.execution_progress());
  }
}

Result<bool> Operation::next_response(proto::ExecutePlanResponse& response) {
  while (!released_) {
    TRY_STATUS(calls_.check_interrupt(since_));
    if (!reader_) TRY_STATUS(connect());
    if (reader_->Read(&response)) {
      calls_.remember(response);
      last_response_ = response.response_id();
      retries_.progressed();
      signed_in_again_ = false;
      return true;
    }
    const auto status = reader_->Finish();
    reader_.reset();
    TRY_STATUS(calls_.check_interrupt(since_));
    if (auto again = after_break(status); !again) {
      release();
      return fail_with(std::move(again));
    }
  }
  return false;
}

Status Operation::connect() {
  call_ = std::make_unique<SparkCalls::InFlight>(calls_, calls_.options().stream_timeout);
  TRY_STATUS(call_->sign());
  sent_ = true;
  attached_ = std::chrono::steady_clock::now();
  stub_ = calls_.stub();
  if (attach_ == Attach::execute) {
    calls_.introduce(request_);
    reader_ = stub_->ExecutePlan(&call_->context, request_);
  } else {
    proto::ReattachExecuteRequest request;
    calls_.introduce(request);
    request.set_operation_id(request_.operation_id());
    if (!last_response_.empty()) request.set_last_response_id(last_response_);
    reader_ = stub_->ReattachExecute(&call_->context, request);
  }
  return {};
}

/// A stream that ended without the server's word that this was all.
Status Operation::after_break(const grpc::Status& status) {
  SparkCalls::Failure failure;
  if (status.ok()) {
    failure.next = NextStep::try_again;
    failure.error = {ErrorKind::transient,
                     fmt::format("{} ends a statement's answers before their end",
                                 calls_.options().address.shown()),
                     "the same command may work later"};
  } else {
    failure = calls_.judge(status);
  }
  // Servers end long streams, and so does what stands between: a statement that has nothing to say
  // for hours is no failure as long as there was a connection.
  const auto lived = std::chrono::steady_clock::now() - attached_;
  if (status.error_code() != grpc::StatusCode::DEADLINE_EXCEEDED &&
      lived > (status.ok() ? kOrderlyEnd : kLongerThanAnyConnect))
    retries_.progressed();
  // Not seen by the server, so it has not run either. After a first answer it has, and another run
  // could write twice.
  if (failure.next == NextStep::execute) {
    if (!last_response_.empty() || attach_ == Attach::execute) failure.next = NextStep::give_up;
    attach_ = Attach::execute;
  } else {
    attach_ = Attach::reattach;
  }
  return calls_.before_retry(failure, retries_, signed_in_again_);
}

void Operation::report(const proto::ExecutePlanResponse::ExecutionProgress& progress) const {
  if (!calls_.options().progress) return;
  SqlProgress sum;
  for (const auto& stage : progress.stages()) {
    sum.tasks_done += stage.num_completed_tasks();
    sum.tasks_total += stage.num_tasks();
    sum.bytes_read += stage.input_bytes_read();
  }
  calls_.options().progress(sum);
}

/// Tried once: a server that does not hear of it forgets the operation by itself, later. Answers
/// are not released one by one: the server keeps no more than the last 10 MB of them.
void Operation::release() {
  if (released_ || !sent_) return;
  released_ = true;
  proto::ReleaseExecuteRequest request;
  calls_.introduce(request);
  request.set_operation_id(request_.operation_id());
  request.mutable_release_all();
  SparkCalls::InFlight call(calls_, std::chrono::milliseconds(5'000));
  proto::ReleaseExecuteResponse response;
  if (call.sign()) (void)calls_.stub()->ReleaseExecute(&call.context, request, &response);
}

}  // namespace quarentena
