#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/error.h"

namespace grpc {
class Status;
}

/// Internal to src/spark: what a failed call means.
namespace quarentena {

/// What the server said of an error, from whichever place it said it.
struct ServerError {
  std::string message;
  std::string error_class;  ///< "TABLE_OR_VIEW_NOT_FOUND"; empty: none
  std::string sql_state;    ///< "42P01"; empty: none
  std::string error_id;     ///< the server has more to tell of it under this id; empty: no
  std::optional<std::chrono::milliseconds> retry_delay;  ///< it asks for another try after that
};
ServerError read_server_error(const grpc::Status& status);

enum class NextStep {
  give_up,
  try_again,    ///< the same call may succeed later
  sign_in,      ///< the token was not accepted: the same call with another one
  new_session,  ///< the server does not know the session (any more)
  execute,      ///< the server never saw the operation that was to be reattached
};
/// As Spark's clients: what is UNAVAILABLE, a call of ours that was preempted, and whatever the
/// server asks to try again.
NextStep next_step(const grpc::Status& status, const ServerError& said);

/// `at` is SparkAddress::shown(). The message is cut to its first line, and values of rows are
/// taken out where the SQLSTATE says that they may stand in it.
Error to_error(const std::string& at, const grpc::Status& status, const ServerError& said);

/// The same of a statement that failed on a server which is not called by gRPC: `otherwise` when
/// the SQLSTATE says nothing.
Error to_error(const std::string& at, const ServerError& said, ErrorKind otherwise);

}  // namespace quarentena
