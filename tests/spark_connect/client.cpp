// Drives a SqlSession for the suite: one request of JSON a line on stdin, one answer a line on
// stdout.
//   {"do": "open", "address": "sc://...", ["ca_file", "attempts", "stream_timeout_ms",
//   "call_timeout_ms"]}
//   {"do": "query" | "execute", "sql"}  {"do": "set", "key", "value"}  {"do": "upload", "name",
//   "columns", "rows"}
//   {"do": "state"}  {"do": "close"}
// SIGINT is the stop flag, as in the product.
#include <fmt/format.h>

#include <csignal>
#include <iostream>
#include <nlohmann/json.hpp>

#include "spark/session.h"

namespace {

using namespace quarentena;
using nlohmann::json;

std::atomic<bool> stop{false};

json told(const Error& error) {
  return {{"error", {{"kind", name(error.kind)}, {"what", error.what}, {"hint", error.hint}}}};
}
json told(const Status& status) { return status ? json{{"ok", true}} : told(status.error()); }

class Client {
 public:
  json answer(const json& request) {
    const std::string verb = request.at("do");
    if (verb == "open") return open(request);
    if (verb == "close") {
      session_.reset();
      return {{"ok", true}};
    }
    if (!session_) return {{"error", {{"kind", "none"}, {"what", "no session"}, {"hint", ""}}}};
    if (verb == "query") return query(request.at("sql"));
    if (verb == "execute") return told(session_->execute(request.at("sql")));
    if (verb == "set") return told(session_->set(request.at("key"), request.at("value")));
    if (verb == "upload") return upload(request);
    return {{"lost", session_->lost()}, {"version", session_->version()}, {"progress", progress_}};
  }

 private:
  json open(const json& request) {
    auto address = find_spark_address(request.value("address", ""));
    if (!address) return told(address.error());
    SparkOptions options;
    options.address = std::move(*address);
    options.ca_file = request.value("ca_file", "");
    options.retry.attempts = request.value("attempts", options.retry.attempts);
    options.stop = &stop;
    options.stream_timeout = std::chrono::milliseconds(
        request.value("stream_timeout_ms", options.stream_timeout.count()));
    options.call_timeout =
        std::chrono::milliseconds(request.value("call_timeout_ms", options.call_timeout.count()));
    options.progress = [this](const SqlProgress& at) {
      progress_.push_back({at.tasks_done, at.tasks_total, at.bytes_read});
    };
    auto session = open_spark_session(std::move(options));
    if (!session) return told(session.error());
    session_ = std::move(*session);
    return {{"ok", true}, {"version", session_->version()}};
  }

  json query(const std::string& sql) {
    auto answer = session_->query(sql);
    if (!answer) return told(answer.error());
    auto rows = rows_of(**answer);
    if (!rows) return told(rows.error());
    json all = json::array();
    for (const auto& row : *rows) {
      json values = json::array();
      for (const auto& value : row) values.push_back(value ? json(*value) : json(nullptr));
      all.push_back(std::move(values));
    }
    return {{"rows", std::move(all)}};
  }

  json upload(const json& request) {
    TextRows rows{request.at("columns"), {}};
    for (const auto& row : request.at("rows")) {
      auto& values = rows.rows.emplace_back();
      for (const auto& value : row)
        values.push_back(value.is_null() ? std::nullopt : std::optional(value.get<std::string>()));
    }
    return told(session_->upload_view(request.at("name"), rows));
  }

  json progress_ = json::array();
  std::unique_ptr<SqlSession> session_;
};

}  // namespace

int main() {
  std::signal(SIGINT, [](int) { stop = true; });
  Client client;
  for (std::string line; std::getline(std::cin, line);)
    std::cout << client.answer(json::parse(line)).dump() << std::endl;
}
