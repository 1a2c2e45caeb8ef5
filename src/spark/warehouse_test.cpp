#include "spark/warehouse.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "net/scripted_server.h"
#include "spark/arrow_batches.h"

namespace quarentena {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using testing::answer;
using testing::Asked;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Reply;

/// A workspace whose one statement goes through `states`, one a call, and has `rows` rows, each a
/// chunk behind an address of another server.
class WarehouseTest : public ::testing::Test {
 protected:
  Reply workspace(const Asked& asked) {
    if (asked.header("authorization") != "Bearer t0ken") return {answer("401 Unauthorized", "{}")};
    const auto& target = asked.target;
    if (target == "/api/2.0/sql/warehouses/w1") return {answer("200 OK", R"({"id": "w1"})")};
    if (target == "/api/2.0/sql/statements" || target == "/api/2.0/sql/statements/s1") {
      const auto state = states_.size() > 1 ? states_[next_state_++] : states_[0];
      return {answer("200 OK", statement(state).dump())};
    }
    const std::string chunks = "/api/2.0/sql/statements/s1/result/chunks/";
    if (target.rfind(chunks, 0) == 0)
      return {answer("200 OK", links(std::stoi(target.substr(chunks.size()))).dump())};
    if (target == "/api/2.0/sql/statements/s1/cancel") {
      ++cancelled_;
      return {answer("200 OK", "{}")};
    }
    return {
        answer("404 Not Found", R"({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "?"})")};
  }

  Reply storage(const Asked& asked) {
    if (!asked.header("authorization").empty()) return {answer("400 Bad Request", "two ways in")};
    if (expired_ > 0) {
      --expired_;
      return {answer("403 Forbidden", "expired")};
    }
    const auto row = asked.target.substr(1, asked.target.find('?') - 1);
    return {answer("200 OK", *to_ipc({{"n"}, {{row}}}))};
  }

  json links(int chunk) const {
    json link = {{"chunk_index", chunk},
                 {"row_offset", chunk},
                 {"row_count", 1},
                 {"external_link", storage_.url(fmt::format("/{}?signature=s3cret", chunk))}};
    if (chunk + 1 < rows_) link["next_chunk_index"] = chunk + 1;
    return {{"external_links", {link}}};
  }

  json statement(const std::string& state) const {
    json out = {{"statement_id", "s1"}, {"status", {{"state", state}}}};
    if (state == "FAILED") out["status"].update(failure_);
    if (state == "SUCCEEDED") {
      out["manifest"] = {{"total_row_count", announced_.value_or(rows_)}, {"truncated", false}};
      out["result"] = rows_ > 0 ? links(0) : json::object();
    }
    return out;
  }

  std::unique_ptr<SqlSession> open(const std::string& warehouse = "w1") {
    auto session = try_open(warehouse);
    EXPECT_TRUE(session) << session.error().what;
    return session ? std::move(*session) : nullptr;
  }
  Result<std::unique_ptr<SqlSession>> try_open(const std::string& warehouse) {
    DatabricksLogin login;
    login.host = workspace_.url("");
    login.token = Secret(std::string_view(token_));
    login.limits.retry = {.attempts = 2, .base = milliseconds(1), .cap = milliseconds(1)};
    return open_warehouse_session({std::make_shared<DatabricksClient>(login), warehouse, &stop_});
  }

  Result<std::vector<std::string>> numbers(SqlSession& session) {
    TRY_ASSIGN(const auto rows, session.query("SELECT n"));
    TRY_ASSIGN(const auto texts, rows_of(*rows));
    std::vector<std::string> out;
    for (const auto& row : texts) out.push_back(row.at(0).value_or("NULL"));
    return out;
  }

  std::string token_ = "t0ken";
  std::vector<std::string> states_{"SUCCEEDED"};
  std::atomic<std::size_t> next_state_{0};
  int rows_ = 3;
  std::optional<int> announced_;
  json failure_;
  std::atomic<int> expired_{0}, cancelled_{0};
  std::atomic<bool> stop_{false};
  testing::ScriptedServer storage_{[this](const Asked& asked) { return storage(asked); }};
  testing::ScriptedServer workspace_{[this](const Asked& asked) { return workspace(asked); }};
};

TEST_F(WarehouseTest, WaitsForAStatementAndGivesItsChunksInOrder) {
  states_ = {"PENDING", "RUNNING", "SUCCEEDED"};
  auto session = open();
  EXPECT_THAT(*numbers(*session), ElementsAre("0", "1", "2"));
  const auto asked = workspace_.asked();
  const auto body = json::parse(asked.at(1).body);
  EXPECT_EQ(body.at("warehouse_id"), "w1");
  EXPECT_EQ(body.at("statement"), "SELECT n");
  EXPECT_EQ(body.at("format"), "ARROW_STREAM");
}

TEST_F(WarehouseTest, TheTokenDoesNotGoToTheStorage) {
  EXPECT_TRUE(numbers(*open()));
  for (const auto& asked : storage_.asked()) EXPECT_EQ(asked.header("authorization"), "");
}

TEST_F(WarehouseTest, AnAddressThatExpiredIsAskedForAgain) {
  expired_ = 1;
  EXPECT_THAT(*numbers(*open()), ElementsAre("0", "1", "2"));
  expired_ = 100;
  const auto rows = numbers(*open());
  ASSERT_FALSE(rows);
  EXPECT_THAT(rows.error().what, Not(HasSubstr("s3cret")));
}

TEST_F(WarehouseTest, AnAnswerWithoutRowsHasNone) {
  rows_ = 0;
  EXPECT_TRUE(numbers(*open())->empty());
}

TEST_F(WarehouseTest, AnAnswerThatIsShorterThanAnnouncedIsNotTakenForWhole) {
  announced_ = 4;
  const auto rows = numbers(*open());
  ASSERT_FALSE(rows);
  EXPECT_THAT(rows.error().what, HasSubstr("3 rows where 4 were announced"));
}

TEST_F(WarehouseTest, AFailureTellsClassAndSqlstate) {
  states_ = {"FAILED"};
  failure_ = {
      {"sql_state", "42P01"},
      {"error",
       {{"error_code", "BAD_REQUEST"}, {"message", "[TABLE_OR_VIEW_NOT_FOUND] no `t`.\nmore"}}}};
  const auto done = open()->execute("SELECT * FROM t");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::missing);
  EXPECT_EQ(done.error().what,
            "the SQL warehouse w1 refused: [TABLE_OR_VIEW_NOT_FOUND] no `t`. SQLSTATE: 42P01");
}

TEST_F(WarehouseTest, TheStopFlagCancelsTheStatement) {
  states_ = {"RUNNING"};
  auto session = open();
  std::thread later([this] {
    std::this_thread::sleep_for(milliseconds(150));
    stop_ = true;
  });
  const auto done = session->execute("SELECT n");
  later.join();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::machine);
  EXPECT_EQ(cancelled_, 1);
}

TEST_F(WarehouseTest, AnInterruptCancelsWhatRuns) {
  states_ = {"RUNNING"};
  auto session = open();
  std::thread later([&] {
    std::this_thread::sleep_for(milliseconds(150));
    session->interrupt();
  });
  const auto done = session->execute("SELECT n");
  later.join();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::machine);
  EXPECT_EQ(cancelled_, 1);
}

TEST_F(WarehouseTest, AWrongTokenAndAWarehouseThatIsNotThereAreFoundWhenItIsOpened) {
  EXPECT_EQ(try_open("w2").error().kind, ErrorKind::missing);
  token_ = "wr0ng";
  const auto refused = try_open("w1");
  EXPECT_EQ(refused.error().kind, ErrorKind::auth);
  EXPECT_THAT(refused.error().what, Not(HasSubstr("wr0ng")));
}

TEST_F(WarehouseTest, WhatNeedsASessionIsRefused) {
  auto session = open();
  EXPECT_EQ(session->set("a", "b").error().kind, ErrorKind::config);
  EXPECT_EQ(session->upload_view("v", {}).error().kind, ErrorKind::config);
}

}  // namespace
}  // namespace quarentena
