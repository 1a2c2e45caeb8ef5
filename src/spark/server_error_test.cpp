#include "spark/server_error.h"

#include <gmock/gmock.h>

#include "spark/fake_server_for_tests.h"

namespace quarentena {
namespace {

using testing::handle_refusal;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Refusal;

Error error_of(const Refusal& refusal) {
  const auto status = refusal.status();
  return to_error("sc://h:1", status, read_server_error(status));
}

NextStep next_of(const Refusal& refusal) {
  const auto status = refusal.status();
  return next_step(status, read_server_error(status));
}

Refusal with_state(const std::string& state, const std::string& message = "m") {
  return {grpc::StatusCode::INTERNAL, message, {{"errorClass", "X"}, {"sqlState", state}}};
}

TEST(ServerError, TheSqlstateDecidesWhatTheOperatorCanDo) {
  const std::map<std::string, ErrorKind> kinds = {
      {"42601", ErrorKind::config},   {"42703", ErrorKind::config},
      {"0A000", ErrorKind::config},   {"42P01", ErrorKind::missing},
      {"42K03", ErrorKind::missing},  {"42704", ErrorKind::missing},
      {"42501", ErrorKind::auth},     {"28000", ErrorKind::auth},
      {"22018", ErrorKind::data},     {"23001", ErrorKind::data},
      {"2D521", ErrorKind::conflict}, {"53200", ErrorKind::transient},
      {"08000", ErrorKind::transient}};
  for (const auto& [state, kind] : kinds)
    EXPECT_EQ(error_of(with_state(state)).kind, kind) << state;
}

TEST(ServerError, WithoutOneTheCallsCodeDecides) {
  EXPECT_EQ(error_of({grpc::StatusCode::UNAUTHENTICATED, "no"}).kind, ErrorKind::auth);
  EXPECT_EQ(error_of({grpc::StatusCode::PERMISSION_DENIED, "no"}).kind, ErrorKind::auth);
  EXPECT_EQ(error_of({grpc::StatusCode::UNIMPLEMENTED, "no"}).kind, ErrorKind::config);
  EXPECT_EQ(error_of({grpc::StatusCode::UNAVAILABLE, "no"}).kind, ErrorKind::transient);
}

TEST(ServerError, ClassAndSqlstateAreShownOnce) {
  const auto bare = error_of(with_state("42601", "Syntax error"));
  EXPECT_EQ(bare.what, "sc://h:1 refused: [X] Syntax error SQLSTATE: 42601");
  const auto full =
      error_of(with_state("42601", "\n[X] Syntax error. SQLSTATE: 42601\n\n== SQL ==\nSELEC"));
  EXPECT_EQ(full.what, "sc://h:1 refused: [X] Syntax error. SQLSTATE: 42601");
}

TEST(ServerError, AValueOfARowIsNotShown) {
  for (const char* state : {"22018", "23001", "KD000"}) {
    const auto what =
        error_of(
            with_state(state, "The value 'o'brien@example.com' of the type \"STRING\" is bad."))
            .what;
    EXPECT_THAT(what, Not(HasSubstr("brien"))) << state;
    EXPECT_THAT(what, HasSubstr("The value ... is bad.")) << state;
  }
  EXPECT_THAT(error_of(with_state("23001", "violated by row with values:\n - id : 123")).what,
              Not(HasSubstr("123")));
}

TEST(ServerError, OnlyWhatMayPassIsTriedAgain) {
  EXPECT_EQ(next_of({grpc::StatusCode::UNAVAILABLE, "x"}), NextStep::try_again);
  EXPECT_EQ(next_of({grpc::StatusCode::INTERNAL, "[INVALID_CURSOR.DISCONNECTED] x"}),
            NextStep::try_again);
  EXPECT_EQ(next_of({grpc::StatusCode::RESOURCE_EXHAUSTED, "x", {}, 10}), NextStep::try_again);
  EXPECT_EQ(next_of({grpc::StatusCode::RESOURCE_EXHAUSTED, "x"}), NextStep::give_up);
  EXPECT_EQ(next_of({grpc::StatusCode::INTERNAL, "x"}), NextStep::give_up);
  EXPECT_EQ(next_of({grpc::StatusCode::UNAUTHENTICATED, "x"}), NextStep::sign_in);
  EXPECT_EQ(next_of(handle_refusal("OPERATION_NOT_FOUND")), NextStep::execute);
  for (const char* lost : {"SESSION_NOT_FOUND", "SESSION_CHANGED", "SESSION_CLOSED"})
    EXPECT_EQ(next_of(handle_refusal(lost)), NextStep::new_session);
}

TEST(ServerError, ARefusedCertificateIsForTheOperatorNotForTime) {
  const Refusal refusal{grpc::StatusCode::UNAVAILABLE,
                        "failed to connect to all addresses; last error: UNKNOWN: "
                        "ipv4:127.0.0.1:1: Ssl handshake failed: SSL_ERROR_SSL"};
  EXPECT_EQ(error_of(refusal).kind, ErrorKind::config);
  EXPECT_EQ(next_of(refusal), NextStep::give_up);
}

}  // namespace
}  // namespace quarentena
