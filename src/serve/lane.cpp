#include "serve/lane.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <ctime>

namespace quarentena::serve {
namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;
namespace {

constexpr std::chrono::milliseconds kTick{100};
constexpr int kBacklog = 4096;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

error_code try_alone(asio::io_context& context, const tcp::endpoint& at) {
  error_code error;
  tcp::acceptor probe(context);
  probe.open(at.protocol(), error);
  if (!error) probe.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) probe.bind(at, error);
  if (!error) probe.listen(1, error);
  return error;
}

tl::unexpected<Error> cannot_listen(const tcp::endpoint& at, const error_code& error) {
  return fail(ErrorKind::config,
              fmt::format("serve: {}:{} cannot be listened on: {}", at.address().to_string(),
                          at.port(), error.message()),
              "another program may have it; `serve: { listen: ... }` names another");
}

}  // namespace

Lane::Lane(Shared& shared, Outside& outside, Counters& counters)
    : shared_(shared),
      outside_(outside),
      counters_(counters),
      api_(shared, counters),
      log_(outside.log),
      tls_(outside.tls) {
  look_at_clock();
}
Lane::~Lane() = default;

Result<std::uint16_t> Lane::listen(const tcp::endpoint& at, Door door) {
  auto& listener = listeners_.emplace_back(context_, door);
  auto& acceptor = listener.acceptor;
  error_code error;
  acceptor.open(at.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.set_option(ReusePort(true), error);
  if (!error && at.address().is_v6()) acceptor.set_option(asio::ip::v6_only(false), error);
  if (!error) acceptor.bind(at, error);
  if (!error) acceptor.listen(kBacklog, error);
  if (!error) acceptor.non_blocking(true, error);
  if (error) return cannot_listen(at, error);
  return acceptor.local_endpoint().port();
}

Status alone_on(const tcp::endpoint& at) {
  asio::io_context context(1);
  const auto error = try_alone(context, at);
  if (error) return cannot_listen(at, error);
  return {};
}

void Lane::run() {
  for (Listener& listener : listeners_) accept(listener);
  tick();
  context_.run();
  log_.flush();
}

void Lane::accept(Listener& listener) {
  listener.acceptor.async_accept([this, &listener](const error_code& error, Socket socket) {
    if (error == asio::error::operation_aborted || !listener.acceptor.is_open()) return;
    if (!error) take(std::move(socket), listener.door);
    // With no descriptor left, asking again at once would only burn the processor.
    if (error == asio::error::no_descriptors)
      listener.paused = true;
    else
      accept(listener);
  });
}

void Lane::take(Socket socket, Door door) {
  error_code error;
  const auto from = socket.remote_endpoint(error).address();
  if (error) return;
  if (const auto why = outside_.gate.enter(from)) {
    counters_.closed(*why);
    return;
  }
  socket.set_option(tcp::no_delay(true), error);
  const auto& tls = tls_.get()->context;
  auto connection = make_connection(*this, std::move(socket), door, from, tls.get());
  connection->slot = connections_.size();
  connections_.push_back(connection);
  counters_.connection(1);
  connection->start();
  if (draining_) connection->drain();
}

void Lane::forget(Connection& connection) {
  outside_.gate.leave(connection.from());
  counters_.connection(-1);
  const std::size_t slot = connection.slot;
  connections_.back()->slot = slot;
  std::swap(connections_[slot], connections_.back());
  connections_.pop_back();
}

void Lane::look_at_clock() {
  now_ms_ = std::chrono::duration_cast<std::chrono::milliseconds>(
                std::chrono::steady_clock::now().time_since_epoch())
                .count();
  const std::time_t now = std::time(nullptr);
  if (now == date_s_) return;
  date_s_ = now;
  date_line_ = fmt::format("Date: {:%a, %d %b %Y %H:%M:%S} GMT\r\n", fmt::gmtime(now));
}

void Lane::tick() {
  look_at_clock();
  api_.look_for_news();
  // From behind: one that closes is replaced by one that was looked at already.
  const bool over = draining_ && now_ms_ >= drain_ends_ms_;
  for (std::size_t i = connections_.size(); i-- > 0;) {
    const auto connection = connections_[i];
    over ? connection->close() : connection->tick();
  }
  log_.flush();
  for (Listener& listener : listeners_)
    if (listener.paused) {
      listener.paused = false;
      accept(listener);
    }
  if (draining_ && connections_.empty()) return;
  timer_.expires_after(kTick);
  timer_.async_wait([this](const error_code& error) {
    if (!error) tick();
  });
}

void Lane::drain() {
  asio::post(context_, [this] { begin_drain(); });
}

void Lane::begin_drain() {
  draining_ = true;
  drain_ends_ms_ = now_ms_ + limits().drain_time_ms;
  for (Listener& listener : listeners_) {
    // Who is connected already, but was not accepted yet, is served too.
    error_code error;
    while (true) {
      Socket socket(context_);
      listener.acceptor.accept(socket, error);
      if (error) break;
      take(std::move(socket), listener.door);
    }
    listener.paused = false;
    listener.acceptor.close(error);
  }
  for (const auto& connection : connections_) connection->drain();
}

}  // namespace quarentena::serve
