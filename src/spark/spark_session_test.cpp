#include <gmock/gmock.h>

#include "net/scripted_server.h"
#include "spark/fake_server_for_tests.h"
#include "spark/session.h"

namespace quarentena {
namespace {

using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeServer;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using testing::Refusal;

/// A fake server and a session on it. The fake's own fields are set before a statement runs.
class SparkSessionTest : public ::testing::Test {
 protected:
  std::unique_ptr<SqlSession> open(const std::string& parameters = "") {
    options_.address = *parse_spark_address(server_.address(parameters));
    options_.retry = {.attempts = 5, .base = milliseconds(1), .cap = milliseconds(10)};
    options_.progress = [this](const SqlProgress& at) { progress_.push_back(at); };
    auto session = open_spark_session(options_);
    EXPECT_TRUE(session) << session.error().what;
    return session ? std::move(*session) : nullptr;
  }

  Result<std::vector<std::string>> numbers(SqlSession& session, int rows) {
    TRY_ASSIGN(const auto answer, session.query("SELECT " + std::to_string(rows)));
    TRY_ASSIGN(const auto texts, rows_of(*answer));
    std::vector<std::string> out;
    for (const auto& row : texts) out.push_back(row.at(0).value_or("NULL"));
    return out;
  }

  FakeServer server_;
  SparkOptions options_;
  std::vector<SqlProgress> progress_;
};

TEST_F(SparkSessionTest, GivesTheRowsInOrderAndTellsTheServerWhenItIsDone) {
  {
    auto session = open();
    EXPECT_EQ(session->version(), "4.0.0-fake");
    EXPECT_THAT(*numbers(*session, 3), ElementsAre("0", "1", "2"));
    EXPECT_EQ(server_.releases, 2);
    EXPECT_EQ(server_.reattached, 0);
  }
  EXPECT_EQ(server_.sessions_released, 1);
}

TEST_F(SparkSessionTest, ASessionThatTheAddressNamesIsLeftToItsOwner) {
  open("session_id=00112233-4455-4677-8899-aabbccddeeff").reset();
  EXPECT_EQ(server_.sessions_released, 0);
}

TEST_F(SparkSessionTest, AStreamThatBreaksIsTakenUpAfterTheLastRowThatCame) {
  auto session = open();
  // Stream 0 is the statement, 1 its rows: after the progress and two rows; then one more each
  // time.
  server_.streams_break_after = {{1, 3}, {2, 1}, {3, 0}, {4, 1}};
  EXPECT_THAT(*numbers(*session, 5), ElementsAre("0", "1", "2", "3", "4"));
  EXPECT_EQ(server_.reattached, 4);
}

TEST_F(SparkSessionTest, AStreamThatEndsInOrderButTooSoonIsTakenUpToo) {
  auto session = open();
  server_.breaks_with = grpc::Status::OK;
  server_.streams_break_after = {{1, 2}};
  EXPECT_THAT(*numbers(*session, 3), ElementsAre("0", "1", "2"));
}

TEST_F(SparkSessionTest, AStreamThatFallsSilentIsTakenUpAfterItsTime) {
  options_.stream_timeout = milliseconds(300);
  auto session = open();
  server_.silent_break = true;
  server_.streams_break_after = {{1, 2}};
  EXPECT_THAT(*numbers(*session, 3), ElementsAre("0", "1", "2"));
  EXPECT_EQ(server_.reattached, 1);
}

TEST_F(SparkSessionTest, AStatementThatNeverReachedTheServerIsSentAgain) {
  auto session = open();
  server_.lost_executions = 2;
  ASSERT_TRUE(session->execute("INSERT"));
  EXPECT_THAT(server_.ran, ElementsAre("INSERT"));
}

TEST_F(SparkSessionTest, ACommandWhoseAnswerIsLostDoesNotRunTwice) {
  auto session = open();
  server_.streams_break_after = {{0, 0}, {1, 1}};
  ASSERT_TRUE(session->execute("INSERT"));
  EXPECT_THAT(server_.ran, ElementsAre("INSERT"));
}

TEST_F(SparkSessionTest, AServerThatGoesOnBreakingIsGivenUp) {
  auto session = open();
  for (int stream = 1; stream < 20; ++stream) server_.streams_break_after[stream] = 0;
  const auto rows = numbers(*session, 3);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().kind, ErrorKind::transient);
  EXPECT_THAT(rows.error().what, HasSubstr("tried 5 times"));
  EXPECT_EQ(server_.streams, 6);
}

TEST_F(SparkSessionTest, ARestartedServerIsNotGivenTheRestOfOurWork) {
  auto session = open();
  server_.server_session = "2";
  const auto done = session->execute("INSERT");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::transient);
  EXPECT_THAT(done.error().what, HasSubstr("does not know our session any more"));
  EXPECT_TRUE(session->lost());
  EXPECT_TRUE(server_.ran.empty());
}

TEST_F(SparkSessionTest, ABusyServerIsAskedAgainAndAWaitItAsksForIsKept) {
  auto session = open();
  server_.busy_calls = 3;
  ASSERT_TRUE(session->set("spark.sql.ansi.enabled", "true"));
  EXPECT_THAT(server_.settings, Contains(Pair("spark.sql.ansi.enabled", "true")));

  server_.busy_calls = 1;
  server_.refusal = Refusal{grpc::StatusCode::RESOURCE_EXHAUSTED, "wait", {}, 120};
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(session->set("a", "b"));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(120));
}

TEST_F(SparkSessionTest, ARefusalIsNotTriedAgain) {
  auto session = open();
  server_.refusal = Refusal{grpc::StatusCode::INTERNAL,
                            "[TABLE_OR_VIEW_NOT_FOUND] no `t`. SQLSTATE: 42P01",
                            {{"errorClass", "TABLE_OR_VIEW_NOT_FOUND"}, {"sqlState", "42P01"}}};
  const auto done = session->execute("SELECT 1");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::missing);
  EXPECT_THAT(done.error().what, HasSubstr("[TABLE_OR_VIEW_NOT_FOUND] no `t`. SQLSTATE: 42P01"));
  EXPECT_THAT(done.error().what, Not(HasSubstr("tried")));
}

TEST_F(SparkSessionTest, WhatTheStatusHasNoRoomForIsAskedFor) {
  auto session = open();
  server_.refusal = Refusal{grpc::StatusCode::INTERNAL, "Job aborted", {{"errorId", "e1"}}};
  auto& details = server_.details["e1"];
  details.set_root_error_idx(0);
  auto* root = details.add_errors();
  root->set_message("Job aborted");
  root->set_cause_idx(1);
  auto* cause = details.add_errors();
  cause->set_message("[PATH_NOT_FOUND] Path does not exist: s3://b/x.");
  cause->mutable_spark_throwable()->set_error_class("PATH_NOT_FOUND");
  cause->mutable_spark_throwable()->set_sql_state("42K03");
  const auto done = session->execute("SELECT 1");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::missing);
  EXPECT_THAT(done.error().what, HasSubstr("Path does not exist: s3://b/x. SQLSTATE: 42K03"));
}

TEST_F(SparkSessionTest, EveryCallCarriesTokenAndHeaders) {
  auto session = open("token=t%20k;x-databricks-cluster-id=0123-4567");
  ASSERT_TRUE(session->execute("INSERT"));
  EXPECT_THAT(server_.headers, Contains(Pair("authorization", "Bearer t k")));
  EXPECT_EQ(server_.headers.count("authorization"),
            server_.headers.count("x-databricks-cluster-id"));
}

TEST_F(SparkSessionTest, ATokenThatIsNotAcceptedIsAnErrorOfAuthAndNotShown) {
  server_.token = "good";
  options_.address = *parse_spark_address(server_.address("token=s3cret"));
  const auto session = open_spark_session(options_);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, ErrorKind::auth);
  EXPECT_THAT(session.error().what + session.error().hint, Not(HasSubstr("s3cret")));
}

/// A workspace that gives the tokens t1, t2, ... in turn.
class Workspace {
 public:
  Workspace()
      : server_([this](const testing::Asked&) {
          return testing::Reply{testing::answer(
              "200 OK", fmt::format(R"({{"access_token": "t{}", "expires_in": 3600}})", ++given))};
        }) {
    login.host = server_.url("");
    login.client_id = "quarentena";
    login.client_secret = Secret(std::string_view("s"));
  }
  DatabricksLogin login;
  std::atomic<int> given{0};

 private:
  testing::ScriptedServer server_;
};

TEST_F(SparkSessionTest, ATokenThatEndedEarlyIsReplacedOnceAlsoInTheMiddleOfAnAnswer) {
  Workspace workspace;
  options_.login = std::make_shared<DatabricksClient>(workspace.login);
  server_.token = "t1";
  auto session = open();
  server_.token = "t2";
  ASSERT_TRUE(session->set("a", "b"));
  server_.streams_break_after = {{1, 2}};
  const auto answer = *session->query("SELECT 3");
  server_.token = "t3";
  EXPECT_EQ(rows_of(*answer)->size(), 3U);
  EXPECT_EQ(workspace.given, 3);

  server_.token = "none of them";
  const auto refused = session->set("a", "b");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::auth);
  EXPECT_EQ(workspace.given, 4);
}

TEST_F(SparkSessionTest, TheTokenOfAWorkspaceGoesToNoOtherHost) {
  Workspace workspace;
  workspace.login.host = "https://w.example.com";
  options_.login = std::make_shared<DatabricksClient>(workspace.login);
  options_.address = *parse_spark_address(server_.address());
  const auto session = open_spark_session(options_);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, ErrorKind::config);
  EXPECT_EQ(workspace.given, 0);
}

TEST_F(SparkSessionTest, ServerlessComputeIsAskedForByTheSessionsOwnId) {
  options_.address = *databricks_spark_address(server_.workspace(), "");
  auto session = *open_spark_session(options_);
  ASSERT_TRUE(session->execute("INSERT"));
  const auto sent = server_.headers.find("x-databricks-session-id");
  ASSERT_NE(sent, server_.headers.end());
  EXPECT_EQ(sent->second, server_.session_id);
}

TEST_F(SparkSessionTest, AnAnswerWithAHoleIsNotTakenForWhole) {
  auto session = open();
  server_.skip_row = 1;
  const auto rows = numbers(*session, 3);
  ASSERT_FALSE(rows);
  EXPECT_THAT(rows.error().what, HasSubstr("row 2 of an answer where row 1 was due"));
}

TEST_F(SparkSessionTest, TheStopFlagEndsAStatementHereAndOnTheServer) {
  std::atomic<bool> stop{false};
  options_.stop = &stop;
  auto session = open();
  std::thread later([&] {
    std::this_thread::sleep_for(milliseconds(200));
    stop = true;
  });
  const auto begin = std::chrono::steady_clock::now();
  const auto done = session->execute("WAIT");
  later.join();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::machine);
  EXPECT_GE(server_.interrupts, 1);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(5'000));
}

TEST_F(SparkSessionTest, AnInterruptEndsWhatRunsAndNotWhatComesAfter) {
  auto session = open();
  std::thread later([&] {
    std::this_thread::sleep_for(milliseconds(100));
    session->interrupt();
  });
  const auto done = session->execute("WAIT");
  later.join();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::machine);
  EXPECT_TRUE(session->execute("INSERT"));
}

TEST_F(SparkSessionTest, ProgressIsToldWhenTheServerTellsIt) {
  auto session = open();
  ASSERT_TRUE(session->execute("SELECT 1"));
  ASSERT_FALSE(progress_.empty());
  EXPECT_EQ(progress_.back().tasks_total, 4);
}

TEST_F(SparkSessionTest, AnIdleSessionIsKeptFromBeingForgotten) {
  options_.keep_alive = milliseconds(150);
  auto session = open();
  for (int waited = 0; server_.version_asked < 3 && waited < 100; ++waited)
    std::this_thread::sleep_for(milliseconds(50));
  EXPECT_GE(server_.version_asked, 3);
}

TEST_F(SparkSessionTest, RowsOfOursTravelAsArrow) {
  auto session = open();
  ASSERT_TRUE(session->upload_view("v", {{"a"}, {{"x"}, {std::nullopt}}}));
  EXPECT_EQ(server_.uploaded, *to_ipc({{"a"}, {{"x"}, {std::nullopt}}}));
  const auto uneven = session->upload_view("v", {{"a", "b"}, {{"x"}}});
  ASSERT_FALSE(uneven);
  EXPECT_EQ(uneven.error().kind, ErrorKind::bug);
}

TEST(SparkSession, NobodyThereIsTransientAndSaidSo) {
  SparkOptions options;
  options.address = *parse_spark_address("sc://127.0.0.1:1");
  options.retry = {.attempts = 2, .base = milliseconds(1), .cap = milliseconds(1)};
  const auto session = open_spark_session(options);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, ErrorKind::transient);
  EXPECT_THAT(session.error().what, HasSubstr("sc://127.0.0.1:1 does not answer"));
}

}  // namespace
}  // namespace quarentena
