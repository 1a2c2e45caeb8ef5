#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <thread>

#include "spark/arrow_batches.h"
#include "spark/operation.h"
#include "spark/session.h"

namespace quarentena {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBriefly{5'000};

class SparkAnswer final : public SqlAnswer {
 public:
  SparkAnswer(SparkCalls& calls, proto::Relation relation)
      : at_(calls.options().address.shown()), operation_(calls, plan_of(std::move(relation))) {}

  Result<bool> next(void* schema, void* array) override {
    while (true) {
      if (batches_) {
        TRY_ASSIGN(const bool more, batches_->next(schema, array));
        if (more) return true;
        batches_.reset();
      }
      proto::ExecutePlanResponse response;
      TRY_ASSIGN(const bool more, operation_.next(response));
      if (!more) return false;
      if (response.has_arrow_batch()) TRY_STATUS(take(response.arrow_batch()));
    }
  }

 private:
  static proto::Plan plan_of(proto::Relation relation) {
    proto::Plan plan;
    *plan.mutable_root() = std::move(relation);
    return plan;
  }

  /// Each answer is a whole Arrow stream, and says which row it begins with.
  Status take(const proto::ExecutePlanResponse::ArrowBatch& batch) {
    if (batch.has_start_offset() && batch.start_offset() != rows_)
      return fail(ErrorKind::transient,
                  fmt::format("{} sent row {} of an answer where row {} was due", at_,
                              batch.start_offset(), rows_),
                  "the same command may work later");
    rows_ += batch.row_count();
    TRY_ASSIGN(batches_, ArrowBatches::open(batch.data()));
    return {};
  }

  const std::string at_;
  Operation operation_;
  std::optional<ArrowBatches> batches_;
  std::int64_t rows_ = 0;
};

class SparkSession final : public SqlSession {
 public:
  explicit SparkSession(std::unique_ptr<SparkCalls> calls) : calls_(std::move(calls)) {}
  ~SparkSession() override;

  /// Finds out that there is a server, and which.
  Status begin();

  Result<std::unique_ptr<SqlAnswer>> query(const std::string& sql) override;
  Status execute(const std::string& sql) override;
  Status set(const std::string& key, const std::string& value) override;
  Status upload_view(const std::string& name, const TextRows& rows) override;
  void interrupt() override { calls_->interrupt(); }
  bool lost() const override { return calls_->lost(); }
  const std::string& version() const override { return version_; }

 private:
  Result<proto::Relation> run(proto::Command command);
  void watch();
  void keep_alive();

  std::unique_ptr<SparkCalls> calls_;
  std::string version_;
  std::mutex mutex_;
  std::condition_variable closing_;
  bool closed_ = false;
  std::thread watching_;
  std::chrono::steady_clock::time_point kept_alive_{};  ///< of that thread
};

proto::Command sql_command(const std::string& sql) {
  proto::Command command;
  command.mutable_sql_command()->mutable_input()->mutable_sql()->set_query(sql);
  return command;
}

SparkSession::~SparkSession() {
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
  }
  closing_.notify_all();
  if (watching_.joinable()) watching_.join();
  // One that the connection string names is somebody's who may come back to it.
  if (calls_->lost() || version_.empty() || !calls_->options().address.session_id.empty()) return;
  proto::ReleaseSessionRequest request;
  calls_->introduce(request);
  SparkCalls::InFlight call(*calls_, kBriefly);
  proto::ReleaseSessionResponse response;
  if (call.sign()) (void)calls_->stub()->ReleaseSession(&call.context, request, &response);
}

Status SparkSession::begin() {
  proto::AnalyzePlanRequest request;
  request.mutable_spark_version();
  // Nobody there is more likely a wrong address than a server that is about to come back.
  auto policy = calls_->options().retry;
  policy.attempts = std::min(policy.attempts, 6);
  TRY_ASSIGN(const auto response,
             (calls_->call<proto::AnalyzePlanRequest, proto::AnalyzePlanResponse>(
                 &proto::SparkConnectService::Stub::AnalyzePlan, request, policy)));
  version_ = response.spark_version().version();
  watching_ = std::thread([this] { watch(); });
  return {};
}

/// gRPC's calls block: this thread looks at the stop flag for them, and keeps the session from
/// being forgotten while nothing is asked of it.
void SparkSession::watch() {
  const auto* stop = calls_->options().stop;
  std::unique_lock lock(mutex_);
  while (!closing_.wait_for(lock, milliseconds(100), [this] { return closed_; })) {
    lock.unlock();
    if (stop && *stop) {
      calls_->interrupt();
      return;
    }
    const auto now = std::chrono::steady_clock::now();
    if (now - std::max(calls_->last_heard(), kept_alive_) > calls_->options().keep_alive &&
        !calls_->lost()) {
      kept_alive_ = now;
      keep_alive();
    }
    lock.lock();
  }
}

/// Tried once, briefly: this thread has the stop flag to look at. The next time is soon enough.
void SparkSession::keep_alive() {
  proto::AnalyzePlanRequest request;
  request.mutable_spark_version();
  calls_->introduce(request);
  SparkCalls::InFlight call(*calls_, kBriefly);
  proto::AnalyzePlanResponse response;
  if (call.sign() && calls_->stub()->AnalyzePlan(&call.context, request, &response).ok())
    calls_->remember(response);
}

Result<proto::Relation> SparkSession::run(proto::Command command) {
  proto::Plan plan;
  *plan.mutable_command() = std::move(command);
  Operation operation(*calls_, std::move(plan));
  proto::Relation relation;
  while (true) {
    proto::ExecutePlanResponse response;
    TRY_ASSIGN(const bool more, operation.next(response));
    if (!more) return relation;
    if (response.has_sql_command_result())
      relation = std::move(*response.mutable_sql_command_result()->mutable_relation());
  }
}

Result<std::unique_ptr<SqlAnswer>> SparkSession::query(const std::string& sql) {
  TRY_ASSIGN(auto relation, run(sql_command(sql)));
  return std::make_unique<SparkAnswer>(*calls_, std::move(relation));
}

/// The server has run a command when it hands out the relation of its result; a query begins only
/// when its relation is asked for.
Status SparkSession::execute(const std::string& sql) {
  TRY_ASSIGN(auto relation, run(sql_command(sql)));
  if (relation.has_local_relation()) return {};
  proto::Plan plan;
  *plan.mutable_root() = std::move(relation);
  Operation operation(*calls_, std::move(plan));
  while (true) {
    proto::ExecutePlanResponse response;
    TRY_ASSIGN(const bool more, operation.next(response));
    if (!more) return {};
  }
}

Status SparkSession::set(const std::string& key, const std::string& value) {
  proto::ConfigRequest request;
  auto* pair = request.mutable_operation()->mutable_set()->add_pairs();
  pair->set_key(key);
  pair->set_value(value);
  TRY_STATUS((calls_->call<proto::ConfigRequest, proto::ConfigResponse>(
      &proto::SparkConnectService::Stub::Config, request)));
  return {};
}

Status SparkSession::upload_view(const std::string& name, const TextRows& rows) {
  TRY_ASSIGN(auto bytes, to_ipc(rows));
  proto::Command command;
  auto* view = command.mutable_create_dataframe_view();
  view->set_name(name);
  view->set_replace(true);
  view->mutable_input()->mutable_local_relation()->set_data(std::move(bytes));
  TRY_STATUS(run(std::move(command)));
  return {};
}

}  // namespace

Result<std::unique_ptr<SqlSession>> open_spark_session(SparkOptions options) {
  TRY_ASSIGN(auto calls, SparkCalls::open(std::move(options)));
  auto session = std::make_unique<SparkSession>(std::move(calls));
  TRY_STATUS(session->begin());
  return session;
}

}  // namespace quarentena
