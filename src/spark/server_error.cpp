#include "spark/server_error.h"

#include <error_details.pb.h>
#include <fmt/format.h>
#include <grpcpp/support/status.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace quarentena {
namespace {

constexpr std::size_t kLongestMessage = 1000;

bool is(const google::protobuf::Any& any, std::string_view name) {
  const std::string_view url = any.type_url();
  return url.size() > name.size() && url.substr(url.size() - name.size()) == name &&
         url[url.size() - name.size() - 1] == '/';
}

std::string value_of(const rpc::ErrorInfo& info, const char* key) {
  const auto at = info.metadata().find(key);
  return at == info.metadata().end() ? std::string() : at->second;
}

bool says(const ServerError& said, std::string_view error_class) {
  return said.error_class == error_class || said.message.find(error_class) != std::string::npos;
}

bool session_is_gone(const ServerError& said) {
  return says(said, "INVALID_HANDLE.SESSION_NOT_FOUND") ||
         says(said, "INVALID_HANDLE.SESSION_CHANGED") ||
         says(said, "INVALID_HANDLE.SESSION_CLOSED") ||
         says(said, "INVALID_HANDLE.SERVER_SESSION_EVICTED");
}

/// gRPC tells a refused certificate as a server that is not there.
bool is_tls_failure(const grpc::Status& status) {
  if (status.error_code() != grpc::StatusCode::UNAVAILABLE) return false;
  const auto& text = status.error_message();
  return text.find("andshake failed") != std::string::npos ||
         text.find("CERTIFICATE_VERIFY_FAILED") != std::string::npos ||
         text.find("certificate verify failed") != std::string::npos ||
         text.find("WRONG_VERSION_NUMBER") != std::string::npos;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

/// SQLSTATEs as Spark lists them (docs/sql-error-conditions-sqlstates.html), and Delta's.
std::optional<ErrorKind> kind_of_sql_state(std::string_view state) {
  if (is_one_of(state, {"42P01", "42704", "42K03", "42883", "42501", "42809"}))
    return state == "42501"   ? ErrorKind::auth
           : state == "42809" ? ErrorKind::config
                              : ErrorKind::missing;
  if (is_one_of(state, {"2D521", "40000", "40001", "40003"})) return ErrorKind::conflict;
  if (state == "HY008") return ErrorKind::transient;
  if (state.size() != 5) return {};
  const auto group = state.substr(0, 2);
  if (is_one_of(group, {"28"})) return ErrorKind::auth;
  if (is_one_of(group, {"21", "22", "23", "KD"})) return ErrorKind::data;
  if (is_one_of(group, {"08", "53", "57", "58"})) return ErrorKind::transient;
  if (is_one_of(group, {"07", "0A", "0B", "38", "39", "42", "44", "46", "54", "56"}))
    return ErrorKind::config;
  return {};
}

ErrorKind kind_of_code(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::PERMISSION_DENIED:
      return ErrorKind::auth;
    case grpc::StatusCode::NOT_FOUND:
      return ErrorKind::missing;
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::UNIMPLEMENTED:
    case grpc::StatusCode::FAILED_PRECONDITION:
      return ErrorKind::config;
    default:
      return is_tls_failure(status) ? ErrorKind::config : ErrorKind::transient;
  }
}

ErrorKind kind_of(const ServerError& said, ErrorKind otherwise) {
  if (session_is_gone(said)) return ErrorKind::transient;
  if (says(said, "DELTA_CONCURRENT")) return ErrorKind::conflict;
  // How a server without SQLSTATEs tells this one.
  if (said.sql_state.empty() && says(said, "TABLE_OR_VIEW_NOT_FOUND")) return ErrorKind::missing;
  return kind_of_sql_state(said.sql_state).value_or(otherwise);
}

/// Messages of these tell the value that could not be cast, or the row that broke a constraint.
bool may_show_values(std::string_view state) {
  return state.empty() || is_one_of(state.substr(0, 2), {"21", "22", "23", "KD", "XX"});
}

/// From the first quote to the last one: a value may hold quotes itself.
std::string without_values(const std::string& text) {
  const auto first = text.find_first_of("'\"");
  if (first == std::string::npos) return text;
  return text.substr(0, first) + "..." + text.substr(text.find_last_of("'\"") + 1);
}

std::string shown(const ServerError& said) {
  const auto begin = std::min(said.message.find_first_not_of(" \r\n"), said.message.size());
  auto text = said.message.substr(begin, said.message.find_first_of("\r\n", begin) - begin);
  if (may_show_values(said.sql_state)) text = without_values(text);
  if (text.size() > kLongestMessage) {
    auto end = kLongestMessage;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text = text.substr(0, end) + "...";
  }
  while (!text.empty() && (text.back() == ';' || text.back() == ' ')) text.pop_back();
  if (!said.error_class.empty() && text.find(said.error_class) == std::string::npos)
    text = fmt::format("[{}] {}", said.error_class, text);
  if (!said.sql_state.empty() && text.find(said.sql_state) == std::string::npos)
    text += fmt::format(" SQLSTATE: {}", said.sql_state);
  return text.empty() ? "it gave no reason" : text;
}

std::string tls_hint(const std::string& at) {
  return fmt::format(
      "does {} speak TLS (use_ssl, token), and is its certificate of an authority that "
      "tls.ca_file or QUARENTENA_CA_FILE names?",
      at);
}

std::string hint_for(ErrorKind kind) {
  if (kind == ErrorKind::auth) return "check the token and what this user may do there";
  if (kind == ErrorKind::transient) return "the same command may work later";
  return {};
}

}  // namespace

ServerError read_server_error(const grpc::Status& status) {
  ServerError said;
  said.message = status.error_message();
  rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return said;
  if (!details.message().empty()) said.message = details.message();
  for (const auto& any : details.details()) {
    if (is(any, "google.rpc.ErrorInfo")) {
      rpc::ErrorInfo info;
      if (!info.ParseFromString(any.value())) continue;
      said.error_class = value_of(info, "errorClass");
      said.sql_state = value_of(info, "sqlState");
      said.error_id = value_of(info, "errorId");
    } else if (is(any, "google.rpc.RetryInfo")) {
      rpc::RetryInfo info;
      if (!info.ParseFromString(any.value())) continue;
      said.retry_delay = std::chrono::seconds(info.retry_delay().seconds()) +
                         std::chrono::milliseconds(info.retry_delay().nanos() / 1'000'000);
    }
  }
  return said;
}

NextStep next_step(const grpc::Status& status, const ServerError& said) {
  if (session_is_gone(said)) return NextStep::new_session;
  if (says(said, "INVALID_HANDLE.OPERATION_NOT_FOUND")) return NextStep::execute;
  if (status.error_code() == grpc::StatusCode::UNAUTHENTICATED) return NextStep::sign_in;
  if (is_tls_failure(status)) return NextStep::give_up;
  const bool preempted = status.error_code() == grpc::StatusCode::INTERNAL &&
                         says(said, "INVALID_CURSOR.DISCONNECTED");
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE || preempted || said.retry_delay)
    return NextStep::try_again;
  return NextStep::give_up;
}

Error to_error(const std::string& at, const grpc::Status& status, const ServerError& said) {
  const auto kind = kind_of(said, kind_of_code(status));
  const bool answered =
      !said.error_class.empty() || (status.error_code() != grpc::StatusCode::UNAVAILABLE &&
                                    status.error_code() != grpc::StatusCode::DEADLINE_EXCEEDED);
  if (session_is_gone(said))
    return {kind, fmt::format("{} does not know our session any more: {}", at, shown(said)),
            "it was restarted, or took the session away; the same command begins a new one"};
  return {kind, fmt::format("{} {}: {}", at, answered ? "refused" : "does not answer", shown(said)),
          is_tls_failure(status) ? tls_hint(at) : hint_for(kind)};
}

Error to_error(const std::string& at, const ServerError& said, ErrorKind otherwise) {
  const auto kind = kind_of(said, otherwise);
  return {kind, fmt::format("{} refused: {}", at, shown(said)), hint_for(kind)};
}

}  // namespace quarentena
