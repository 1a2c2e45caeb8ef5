#include "spark/calls.h"

#include <fmt/format.h>
#include <grpc/support/log.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>

#include "base/version.h"

namespace quarentena {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBriefly{5'000};

Result<std::string> authorities(const std::filesystem::path& ca_file) {
  auto file = ca_file;
  for (const char* name : {"QUARENTENA_CA_FILE", "SSL_CERT_FILE"}) {
    if (!file.empty()) break;
    if (const char* value = std::getenv(name)) file = value;
  }
  if (file.empty()) return std::string();
  std::ifstream in(file, std::ios::binary);
  std::string pem((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in || pem.empty())
    return fail(ErrorKind::config,
                fmt::format("cannot read the certificate authorities in {}", file.string()),
                "name a PEM file in tls.ca_file or QUARENTENA_CA_FILE");
  return pem;
}

/// A server that comes back is noticed within a second, not within gRPC's two minutes.
grpc::ChannelArguments channel_arguments(const SparkOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
  // Two sessions of one process must not share a connection's fate or backoff.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetUserAgentPrefix(options.address.user_agent.empty() ? "quarentena"
                                                                  : options.address.user_agent);
  return arguments;
}

/// The tokens of one workspace are for no other host, whatever the address says.
Status fit_login(SparkOptions& options) {
  if (!options.login) return {};
  std::string_view host = options.login->host();
  host.remove_prefix(std::min(host.find("://") + 3, host.size()));
  auto& address = options.address;
  if (host != address.host && host.substr(0, host.rfind(':')) != address.host)
    return fail(ErrorKind::config,
                fmt::format("the Databricks credentials are for {}, not for {}",
                            options.login->host(), address.shown()),
                "name the workspace that they are of, or put a token into the connection string");
  if (!address.is_this_machine()) address.wire = SparkAddress::Wire::tls;
  return {};
}

/// gRPC writes to stderr what it also tells by a status, and stderr is the operator's.
void keep_grpc_quiet() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (!std::getenv("GRPC_VERBOSITY")) gpr_set_log_function([](gpr_log_func_args*) {});
  });
}

}  // namespace

std::string new_uuid() {
  std::random_device random;
  std::array<std::uint32_t, 4> bits{random(), random(), random(), random()};
  bits[1] = (bits[1] & 0xFFFF0FFFU) | 0x4000U;
  bits[2] = (bits[2] & 0x3FFFFFFFU) | 0x80000000U;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:04x}{:08x}", bits[0], bits[1] >> 16,
                     bits[1] & 0xFFFFU, bits[2] >> 16, bits[2] & 0xFFFFU, bits[3]);
}

SparkCalls::SparkCalls(SparkOptions options)
    : options_(std::move(options)),
      session_id_(options_.address.session_id.empty() ? new_uuid() : options_.address.session_id),
      client_type_(fmt::format(
          "{} quarentena/{}",
          options_.address.user_agent.empty() ? "_SPARK_CONNECT_CPP" : options_.address.user_agent,
          QUARENTENA_VERSION)) {}

Result<std::unique_ptr<SparkCalls>> SparkCalls::open(SparkOptions options) {
  keep_grpc_quiet();
  TRY_STATUS(fit_login(options));
  std::unique_ptr<SparkCalls> calls(new SparkCalls(std::move(options)));
  if (calls->options_.address.wire == SparkAddress::Wire::tls) {
    grpc::SslCredentialsOptions tls;
    TRY_ASSIGN(tls.pem_root_certs, authorities(calls->options_.ca_file));
    calls->credentials_ = grpc::SslCredentials(tls);
  } else {
    calls->credentials_ = grpc::InsecureChannelCredentials();
  }
  calls->connect();
  return calls;
}

void SparkCalls::connect() {
  std::shared_ptr<Stub> stub = proto::SparkConnectService::NewStub(grpc::CreateCustomChannel(
      options_.address.endpoint(), credentials_, channel_arguments(options_)));
  const std::scoped_lock lock(mutex_);
  stub_ = std::move(stub);
}

std::shared_ptr<SparkCalls::Stub> SparkCalls::stub() const {
  const std::scoped_lock lock(mutex_);
  return stub_;
}

std::chrono::steady_clock::time_point SparkCalls::last_heard() const {
  const std::scoped_lock lock(mutex_);
  return last_heard_;
}

SparkCalls::InFlight::InFlight(SparkCalls& calls, milliseconds timeout) : calls_(calls) {
  context.set_deadline(std::chrono::system_clock::now() + timeout);
  const std::scoped_lock lock(calls_.mutex_);
  calls_.in_flight_.insert(&context);
}

SparkCalls::InFlight::~InFlight() {
  const std::scoped_lock lock(calls_.mutex_);
  calls_.in_flight_.erase(&context);
}

Status SparkCalls::InFlight::sign() {
  const auto& options = calls_.options_;
  Secret token = options.address.token;
  if (options.login) {
    TRY_ASSIGN(token, options.login->token(options.stop));
  }
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token.reveal());
  if (options.address.compute == SparkAddress::Compute::databricks_serverless)
    context.AddMetadata("x-databricks-session-id", calls_.session_id_);
  for (const auto& [name, value] : options.address.headers)
    context.AddMetadata(name, value.reveal());
  return {};
}

SparkCalls::Failure SparkCalls::judge(const grpc::Status& status) {
  auto said = read_server_error(status);
  if (!said.error_id.empty()) ask_for_details(said);
  Failure failure;
  failure.next = next_step(status, said);
  failure.wait = said.retry_delay;
  failure.error = to_error(options_.address.shown(), status, said);
  if (failure.next == NextStep::new_session) lost_ = true;
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    connect();
    failure.next = NextStep::try_again;
  }
  return failure;
}

/// Tried once: without an answer what the status said has to do.
void SparkCalls::ask_for_details(ServerError& said) {
  proto::FetchErrorDetailsRequest request;
  introduce(request);
  request.set_error_id(said.error_id);
  InFlight call(*this, kBriefly);
  proto::FetchErrorDetailsResponse response;
  if (!call.sign() || !stub()->FetchErrorDetails(&call.context, request, &response).ok()) return;
  if (!response.has_root_error_idx()) return;
  int at = response.root_error_idx();
  // A Java exception without a class may have been caused by one that has it. Bounded, should they
  // name each other.
  for (int depth = 0; depth < 10 && at >= 0 && at < response.errors_size(); ++depth) {
    const auto& error = response.errors(at);
    if (depth == 0 || error.has_spark_throwable()) said.message = error.message();
    if (error.has_spark_throwable() && error.spark_throwable().has_sql_state()) {
      said.error_class = error.spark_throwable().error_class();
      said.sql_state = error.spark_throwable().sql_state();
      return;
    }
    if (!error.has_cause_idx()) return;
    at = error.cause_idx();
  }
}

Status SparkCalls::before_retry(const Failure& failure, Retries& retries, bool& signed_in_again) {
  if (failure.next == NextStep::sign_in && !signed_in_again && options_.login &&
      options_.login->renew()) {
    signed_in_again = true;
    return {};
  }
  const bool again = failure.next == NextStep::try_again || failure.next == NextStep::execute;
  const auto time = again ? retries.next_wait(failure.wait) : std::nullopt;
  if (time) return wait(*time, interrupts_);
  auto error = failure.error;
  if (again) error.what = with_tries(std::move(error.what), retries.failures());
  return tl::unexpected<Error>(std::move(error));
}

Status SparkCalls::wait(milliseconds time, int since) const {
  const auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until) {
    TRY_STATUS(check_interrupt(since));
    TRY_STATUS(wait_unless_stopped(std::min(time, milliseconds(100)), options_.stop));
  }
  return {};
}

Status SparkCalls::check_interrupt(int since) const {
  if (interrupts_ != since || (options_.stop && *options_.stop))
    return fail(ErrorKind::machine, "interrupted");
  return {};
}

void SparkCalls::interrupt() {
  ++interrupts_;
  {
    // The server first: it would go on without us.
    proto::InterruptRequest request;
    introduce(request);
    request.set_interrupt_type(proto::InterruptRequest::INTERRUPT_TYPE_ALL);
    InFlight call(*this, kBriefly);
    proto::InterruptResponse response;
    if (call.sign()) (void)stub()->Interrupt(&call.context, request, &response);
  }
  const std::scoped_lock lock(mutex_);
  for (auto* context : in_flight_) context->TryCancel();
}

}  // namespace quarentena
