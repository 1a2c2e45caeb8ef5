#include "spark/warehouse.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "net/http.h"
#include "spark/arrow_batches.h"
#include "spark/server_error.h"

namespace quarentena {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr auto kStatements = "/api/2.0/sql/statements";
constexpr milliseconds kFirstPoll{100};
constexpr milliseconds kLongestPoll{5'000};
/// A chunk is some 20 MB; this is only where a wrong server is given up.
constexpr std::size_t kLargestChunk = std::size_t{1} << 30;

std::string text_at(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

/// What statements of one session share. Safe from any thread.
struct Warehouse {
  explicit Warehouse(WarehouseOptions given) : options(std::move(given)) {}

  /// Sends, and gives the answer's body. `doing` as in DatabricksClient::error_of.
  Result<json> call(const std::string& method, const std::string& path, const std::string& doing,
                    const std::string& body = {}) const {
    TRY_ASSIGN(const auto response, options.login->call(method, path, body, options.stop));
    if (!response.ok()) return tl::unexpected<Error>(options.login->error_of(doing, response));
    auto answer = json::parse(response.body, nullptr, false);
    if (!answer.is_object())
      return fail(
          ErrorKind::transient,
          fmt::format("cannot {}: {} answered no JSON object", doing, options.login->host()),
          "is that the address of a Databricks workspace?");
    return answer;
  }

  /// Without the stop flag, which is why we are here.
  void cancel(const std::string& statement) const {
    (void)options.login->call("POST", fmt::format("{}/{}/cancel", kStatements, statement), "{}");
  }

  const WarehouseOptions options;
  std::mutex mutex;
  std::set<std::string> running;  ///< ids of statements
  std::atomic<int> interrupts{0};
};

/// The chunks of one answer, each behind an address of its own that is good for some minutes.
class WarehouseAnswer final : public SqlAnswer {
 public:
  WarehouseAnswer(std::shared_ptr<Warehouse> warehouse, std::string statement, const json& response)
      : warehouse_(std::move(warehouse)), statement_(std::move(statement)) {
    const auto manifest = response.value("manifest", json::object());
    truncated_ = manifest.value("truncated", false);
    rows_ = manifest.value("total_row_count", std::int64_t{0});
    take_link(response.value("result", json::object()));
  }

  Result<bool> next(void* schema, void* array) override {
    while (true) {
      if (batches_) {
        TRY_ASSIGN(const bool more, batches_->next(schema, array));
        if (more) return true;
        batches_.reset();
      }
      if (link_.is_null() && next_chunk_ < 0) {
        TRY_STATUS(check_whole());
        return false;
      }
      TRY_STATUS(fetch());
    }
  }

 private:
  void take_link(const json& result) {
    const auto links = result.find("external_links");
    link_ = links != result.end() && links->is_array() && !links->empty() ? links->front() : json();
    next_chunk_ = -1;
  }

  Status ask_for_link(std::int64_t chunk) {
    TRY_ASSIGN(const auto result,
               warehouse_->call(
                   "GET", fmt::format("{}/{}/result/chunks/{}", kStatements, statement_, chunk),
                   "fetch an answer of the warehouse"));
    take_link(result);
    if (!link_.is_object())
      return fail(ErrorKind::transient,
                  fmt::format("{} gives no address for chunk {} of an answer",
                              warehouse_->options.login->host(), chunk),
                  "the same command may work later");
    return {};
  }

  /// The address is signed: our own token is for the workspace, and would be refused there.
  Result<HttpResponse> download() const {
    HttpRequest request;
    request.url = text_at(link_, "external_link");
    request.max_response_bytes = kLargestChunk;
    request.stop = warehouse_->options.stop;
    request.timeouts = warehouse_->options.login->limits().timeouts;
    if (const auto headers = link_.find("http_headers"); headers != link_.end())
      for (const auto& [name, value] : headers->items())
        if (value.is_string())
          request.secret_headers.emplace_back(name, Secret(value.get<std::string>()));
    return send(request, warehouse_->options.login->limits().retry);
  }

  Status fetch() {
    if (link_.is_null()) TRY_STATUS(ask_for_link(next_chunk_));
    TRY_ASSIGN(auto response, download());
    if (response.status == 403 || response.status == 410) {
      TRY_STATUS(ask_for_link(link_.value("chunk_index", std::int64_t{0})));
      TRY_ASSIGN(response, download());
    }
    if (!response.ok())
      return fail(kind_of_status(response.status),
                  fmt::format("{} answered {} for a piece of an answer", shown_url(response.url),
                              response.status),
                  "the same command may work later");
    if (link_.value("row_offset", seen_) != seen_)
      return fail(ErrorKind::transient, "the pieces of a warehouse's answer come out of order",
                  "the same command may work later");
    seen_ += link_.value("row_count", std::int64_t{0});
    next_chunk_ = link_.value("next_chunk_index", std::int64_t{-1});
    link_ = json();
    TRY_ASSIGN(batches_, ArrowBatches::open(response.body));
    return {};
  }

  Status check_whole() const {
    if (truncated_)
      return fail(ErrorKind::config, "the warehouse cut an answer off at its limit of size",
                  "ask for fewer rows or columns");
    if (seen_ != rows_)
      return fail(
          ErrorKind::transient,
          fmt::format("a warehouse's answer has {} rows where {} were announced", seen_, rows_),
          "the same command may work later");
    return {};
  }

  const std::shared_ptr<Warehouse> warehouse_;
  const std::string statement_;
  json link_;                     ///< of the chunk that is due; null: not known yet
  std::int64_t next_chunk_ = -1;  ///< asked for when there is no link; -1: that was all
  std::int64_t rows_ = 0, seen_ = 0;
  bool truncated_ = false;
  std::optional<ArrowBatches> batches_;
};

class WarehouseSession final : public SqlSession {
 public:
  explicit WarehouseSession(WarehouseOptions options)
      : warehouse_(std::make_shared<Warehouse>(std::move(options))) {}

  Status begin() {
    TRY_STATUS(warehouse_->call(
        "GET", "/api/2.0/sql/warehouses/" + percent_encoded(warehouse_->options.warehouse_id),
        "find the SQL warehouse " + warehouse_->options.warehouse_id));
    return {};
  }

  Result<std::unique_ptr<SqlAnswer>> query(const std::string& sql) override {
    TRY_ASSIGN(const auto response, run(sql));
    return std::make_unique<WarehouseAnswer>(warehouse_, text_at(response, "statement_id"),
                                             response);
  }
  Status execute(const std::string& sql) override {
    TRY_STATUS(run(sql));
    return {};
  }
  Status set(const std::string& key, const std::string&) override {
    return fail(ErrorKind::config,
                fmt::format("a SQL warehouse keeps no setting between statements: {}", key),
                "use a cluster or serverless compute");
  }
  Status upload_view(const std::string& name, const TextRows&) override {
    return fail(ErrorKind::config,
                fmt::format("a SQL warehouse keeps no view between statements: {}", name),
                "use a cluster or serverless compute");
  }
  void interrupt() override;
  bool lost() const override { return false; }
  const std::string& version() const override { return version_; }

 private:
  /// To its end; the answer has succeeded.
  Result<json> run(const std::string& sql);
  Result<json> wait_for(json response, int since);
  Result<json> judged(json response) const;

  const std::shared_ptr<Warehouse> warehouse_;
  const std::string version_ = "Databricks SQL";
};

Result<json> WarehouseSession::run(const std::string& sql) {
  const int since = warehouse_->interrupts;
  // Not waited for in this call: an answer that is lost would leave a statement we cannot ask
  // about.
  const json request = {{"warehouse_id", warehouse_->options.warehouse_id},
                        {"statement", sql},
                        {"wait_timeout", "0s"},
                        {"disposition", "EXTERNAL_LINKS"},
                        {"format", "ARROW_STREAM"}};
  TRY_ASSIGN(auto response, warehouse_->call("POST", kStatements,
                                             "send a statement to the warehouse", request.dump()));
  const auto id = text_at(response, "statement_id");
  if (id.empty()) return judged(std::move(response));
  {
    const std::scoped_lock lock(warehouse_->mutex);
    warehouse_->running.insert(id);
  }
  auto done = wait_for(std::move(response), since);
  const std::scoped_lock lock(warehouse_->mutex);
  warehouse_->running.erase(id);
  return done;
}

Result<json> WarehouseSession::wait_for(json response, int since) {
  const auto id = text_at(response, "statement_id");
  auto pause = kFirstPoll;
  while (true) {
    const auto state = text_at(response.value("status", json::object()), "state");
    if (warehouse_->interrupts != since) return fail(ErrorKind::machine, "interrupted");
    if (state != "PENDING" && state != "RUNNING") return judged(std::move(response));
    auto waited = wait_unless_stopped(pause, warehouse_->options.stop);
    auto next = waited ? warehouse_->call("GET", fmt::format("{}/{}", kStatements, id),
                                          "ask the warehouse about a statement")
                       : Result<json>(fail_with(std::move(waited)));
    if (!next) {
      // We stop listening, so it must not go on: neither when we were stopped nor when it is out of
      // reach, as far as it can be told.
      warehouse_->cancel(id);
      return next;
    }
    response = std::move(*next);
    pause = std::min(pause * 2, kLongestPoll);
  }
}

Result<json> WarehouseSession::judged(json response) const {
  const auto status = response.value("status", json::object());
  const auto state = text_at(status, "state");
  if (state == "SUCCEEDED") return response;
  const auto error = status.value("error", json::object());
  ServerError said;
  said.message = text_at(error, "message");
  said.sql_state = text_at(status, "sql_state");
  said.error_class = text_at(error, "error_code");
  // The class of Spark stands in the message; the API's own code is coarser.
  if (said.message.rfind('[', 0) == 0)
    said.error_class = said.message.substr(1, said.message.find(']') - 1);
  if (said.message.empty()) said.message = "the statement is " + (state.empty() ? "gone" : state);
  const auto otherwise = text_at(error, "error_code") == "BAD_REQUEST"       ? ErrorKind::config
                         : text_at(error, "error_code") == "UNAUTHENTICATED" ? ErrorKind::auth
                         : text_at(error, "error_code") == "NOT_FOUND"       ? ErrorKind::missing
                                                                             : ErrorKind::transient;
  return tl::unexpected<Error>(to_error(
      fmt::format("the SQL warehouse {}", warehouse_->options.warehouse_id), said, otherwise));
}

void WarehouseSession::interrupt() {
  ++warehouse_->interrupts;
  std::set<std::string> running;
  {
    const std::scoped_lock lock(warehouse_->mutex);
    running = warehouse_->running;
  }
  for (const auto& statement : running) warehouse_->cancel(statement);
}

}  // namespace

Result<std::unique_ptr<SqlSession>> open_warehouse_session(WarehouseOptions options) {
  auto session = std::make_unique<WarehouseSession>(std::move(options));
  TRY_STATUS(session->begin());
  return session;
}

}  // namespace quarentena
