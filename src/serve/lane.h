#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "serve/access_log.h"
#include "serve/api.h"
#include "serve/connection.h"
#include "serve/gate.h"
#include "serve/tls.h"

namespace quarentena::serve {

/// What the lanes share beside the answers.
struct Outside {
  Outside(LogFile& log_file, std::size_t most, std::size_t most_of_address)
      : gate(most, most_of_address), log(log_file) {}
  Gate gate;
  LogFile& log;
  Current<Tls> tls;
};

/// That no other program listens there: SO_REUSEPORT would share the port with one of the same
/// user. Errors: config.
Status alone_on(const boost::asio::ip::tcp::endpoint& at);

/// One thread with its own listeners (SO_REUSEPORT shares the connections out), its own
/// connections, and nothing shared that it waits for.
class Lane {
 public:
  Lane(Shared& shared, Outside& outside, Counters& counters);
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  /// Before run(). Returns the port. Errors: config (in use, not an address of this machine).
  Result<std::uint16_t> listen(const boost::asio::ip::tcp::endpoint& at, Door door);
  /// Answers until drain() has ended. The lane's thread; all below but drain() are its.
  void run();
  /// No new connections; what runs ends, those that wait get a moment more, and at the latest after
  /// `limits.drain_time` everything is closed. From any thread.
  void drain();

  Api& api() { return api_; }
  Counters& counters() { return counters_; }
  AccessLog& log() { return log_; }
  const Serve::Limits& limits() const { return shared_.limits; }
  BodyBudget& bodies() { return shared_.bodies; }
  bool draining() const { return draining_; }
  boost::asio::io_context& context() { return context_; }
  /// Milliseconds of a clock that does not go back, a tenth of a second old at most.
  std::int64_t now_ms() const { return now_ms_; }
  /// `Date: ...\r\n`.
  const std::string& date_line() const { return date_line_; }
  /// The connection is closed; it is let go of.
  void forget(Connection& connection);

 private:
  struct Listener {
    Listener(boost::asio::io_context& context, Door offered) : acceptor(context), door(offered) {}
    boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, boost::asio::io_context::executor_type>
        acceptor;
    Door door;
    bool paused = false;  ///< no descriptor was left
  };
  void accept(Listener& listener);
  void take(Socket socket, Door door);
  void look_at_clock();
  void tick();
  void begin_drain();

  Shared& shared_;
  Outside& outside_;
  Counters& counters_;
  boost::asio::io_context context_{1};
  boost::asio::steady_timer timer_{context_};
  Api api_;
  AccessLog log_;
  Current<Tls>::Reader tls_;
  std::deque<Listener> listeners_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::int64_t now_ms_ = 0;
  std::int64_t date_s_ = 0;
  std::string date_line_;
  bool draining_ = false;
  std::int64_t drain_ends_ms_ = 0;
};

}  // namespace quarentena::serve
