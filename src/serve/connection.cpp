#include "serve/connection.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <limits>
#include <type_traits>

#include "serve/lane.h"

namespace quarentena::serve {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;
namespace {

constexpr std::uint32_t kMostHeader = 16 << 10;
constexpr std::size_t kReadHead = 4 << 10;
constexpr std::size_t kReadBody = 64 << 10;
/// Larger bodies count against BodyBudget.
constexpr std::uint64_t kFreeBody = 64 << 10;
/// What one part of a large answer is gathered to before it is sent.
constexpr std::size_t kPart = 48 << 10;
/// An idle connection keeps no more than this of what it wrote.
constexpr std::size_t kKeptBuffer = 8 << 10;
/// simdjson's, so that a body is not moved to make room.
constexpr std::size_t kRoomBehindBody = 64;
constexpr std::int64_t kLinger_ms = 2'000;
constexpr std::int64_t kLastChance_ms = 1'000;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

std::int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

using Plain = Socket;
using Encrypted = asio::ssl::stream<Socket>;

template <class Stream>
class HttpConnection final : public Connection,
                             public std::enable_shared_from_this<HttpConnection<Stream>> {
 public:
  HttpConnection(Lane& lane, Stream stream, Door door, const asio::ip::address& from)
      : lane_(lane), stream_(std::move(stream)), door_(door), from_(from) {}

  void start() override;
  void tick() override;
  void drain() override;
  void close() override;
  const asio::ip::address& from() const override { return from_; }
  void finish(Reply reply) override;
  void again() override;

 private:
  enum class State {
    handshake,
    idle,  ///< between requests
    head,  ///< some of the headers are there
    body,
    waiting,  ///< for an answer that another thread makes
    delayed,  ///< the answer waits to be sent
    writing,
    lingering,  ///< all is said; what the client still sends is thrown away until it closes
    closed,
  };
  using Parser = http::request_parser<http::string_body>;

  void read_more();
  void on_read(const error_code& error, std::size_t count);
  void advance();
  bool on_head();
  bool let_in(const Head& head);
  bool expect(std::string_view expectation);
  void on_request();
  void refuse(const HttpProblem& problem);
  void on_bad_request(const error_code& error);
  void begin_reply(Reply reply);
  void send();
  void write_head();
  void gather_part();
  void on_written(const error_code& error);
  void finish_request();
  void linger();
  void wait_until(std::int64_t deadline_ms) { deadline_ms_ = deadline_ms; }
  void wait_for(std::int64_t ms) { deadline_ms_ = lane_.now_ms() + ms; }
  Socket& socket() {
    if constexpr (std::is_same_v<Stream, Plain>)
      return stream_;
    else
      return stream_.next_layer();
  }

  Lane& lane_;
  Stream stream_;
  const Door door_;
  const asio::ip::address from_;
  State state_ = State::idle;
  std::int64_t deadline_ms_ = kNever;
  bool reading_ = false;
  boost::beast::flat_buffer buffer_{kMostHeader + kReadBody};
  std::optional<Parser> parser_;
  Ticket ticket_;
  bool keep_alive_ = false;
  bool head_only_ = false;  ///< HEAD: the answer's body is not sent
  bool http_1_0_ = false;
  bool last_part_ = false;
  std::int64_t began_ns_ = 0;
  std::int64_t budget_ = 0;  ///< taken from BodyBudget
  Reply reply_;
  std::string out_;
  std::uint64_t sent_ = 0;
};

template <class Stream>
void HttpConnection<Stream>::start() {
  if constexpr (std::is_same_v<Stream, Encrypted>) {
    state_ = State::handshake;
    wait_for(lane_.limits().header_time_ms);
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [self = this->shared_from_this()](const error_code& error) {
                              if (self->state_ == State::closed) return;
                              if (error) {
                                self->lane_.counters().closed(Closed::handshake);
                                return self->close();
                              }
                              self->state_ = State::idle;
                              self->wait_for(self->lane_.limits().idle_time_ms);
                              self->read_more();
                            });
  } else {
    wait_for(lane_.limits().idle_time_ms);
    read_more();
  }
}

template <class Stream>
void HttpConnection<Stream>::read_more() {
  reading_ = true;
  const std::size_t room = state_ == State::body ? kReadBody : kReadHead;
  stream_.async_read_some(buffer_.prepare(room), [self = this->shared_from_this()](
                                                     const error_code& error, std::size_t count) {
    self->on_read(error, count);
  });
}

template <class Stream>
void HttpConnection<Stream>::on_read(const error_code& error, std::size_t count) {
  reading_ = false;
  if (state_ == State::closed) return;
  if (error) return close();
  if (state_ == State::lingering) return read_more();
  buffer_.commit(count);
  // A request that took too long was answered meanwhile.
  if (state_ == State::idle || state_ == State::head || state_ == State::body) advance();
}

template <class Stream>
void HttpConnection<Stream>::advance() {
  if (state_ == State::idle) {
    state_ = State::head;
    wait_for(lane_.limits().header_time_ms);
    head_only_ = http_1_0_ = false;
    parser_.emplace();
    parser_->header_limit(kMostHeader);
    // What is too large is for let_in() to tell; Beast 1.74 takes `none` for nothing at all.
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
    parser_->eager(false);
  }
  while (true) {
    error_code error;
    buffer_.consume(parser_->put(buffer_.data(), error));
    if (state_ == State::head && parser_->is_header_done()) {
      state_ = State::body;
      if (!on_head()) return;
    }
    if (parser_->is_done()) return on_request();
    if (error && error != http::error::need_more) return on_bad_request(error);
    if (error || buffer_.size() == 0) return read_more();
  }
}

/// False: the request goes no further.
template <class Stream>
bool HttpConnection<Stream>::on_head() {
  began_ns_ = steady_ns();
  const auto& request = parser_->get();
  keep_alive_ = request.keep_alive() && !lane_.draining();
  head_only_ = request.method() == http::verb::head;
  http_1_0_ = request.version() == 10;
  ticket_ = {};
  Head head;
  head.method = view(request.method_string());
  head.target = view(request.target());
  std::string_view expectation;
  for (const auto& field : request) {
    // Of a header that is there twice the first counts.
    const auto take = [&](std::string_view& value) {
      if (value.empty()) value = view(field.value());
    };
    switch (field.name()) {
      case http::field::authorization:
        take(head.authorization);
        break;
      case http::field::content_type:
        take(head.content_type);
        break;
      case http::field::accept:
        take(head.accept);
        break;
      case http::field::accept_encoding:
        take(head.accept_encoding);
        break;
      case http::field::if_none_match:
        take(head.if_none_match);
        break;
      case http::field::expect:
        take(expectation);
        break;
      default:
        break;
    }
  }
  if (const auto length = parser_->content_length()) head.content_length = *length;
  head.has_body = parser_->chunked() || head.content_length.value_or(0) > 0;
  if (request.version() != 10 && request.version() != 11) {
    refuse({505, "http-version", "this is spoken to in HTTP/1.1"});
    return false;
  }
  return let_in(head) && expect(expectation);
}

template <class Stream>
bool HttpConnection<Stream>::let_in(const Head& head) {
  if (auto refusal = lane_.api().admit(door_, head, ticket_)) {
    // A body that is here already is no reason to part.
    const bool here =
        !head.has_body || (head.content_length && *head.content_length <= buffer_.size());
    if (here)
      buffer_.consume(head.content_length.value_or(0));
    else
      keep_alive_ = false;
    begin_reply(std::move(*refusal));
    return false;
  }
  if (!head.has_body) return true;
  const auto most = static_cast<std::uint64_t>(lane_.limits().body_mib) << 20U;
  const std::uint64_t size = head.content_length.value_or(most);
  if (size > kFreeBody) {
    if (!lane_.bodies().take(static_cast<std::int64_t>(size))) {
      refuse({503, "busy", "too many large questions are being answered", 1});
      return false;
    }
    budget_ = static_cast<std::int64_t>(size);
  }
  parser_->body_limit(most);
  parser_->eager(true);
  if (head.content_length) parser_->get().body().reserve(size + kRoomBehindBody);
  wait_for(lane_.limits().body_time_ms);
  return true;
}

/// False: goes on when the client was told to.
template <class Stream>
bool HttpConnection<Stream>::expect(std::string_view expectation) {
  if (expectation.empty() || parser_->is_done() || buffer_.size() > 0) return true;
  if (!boost::beast::iequals({expectation.data(), expectation.size()}, "100-continue")) {
    refuse({417, "expect", "only 100-continue is understood"});
    return false;
  }
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(stream_, asio::buffer(kContinue),
                    [self = this->shared_from_this()](const error_code& error, std::size_t) {
                      if (self->state_ != State::body) return;
                      error ? self->close() : self->read_more();
                    });
  return false;
}

template <class Stream>
void HttpConnection<Stream>::on_request() {
  state_ = State::waiting;
  wait_until(kNever);
  if (auto reply = lane_.api().answer(ticket_, parser_->get().body(), this->shared_from_this()))
    begin_reply(std::move(*reply));
}

template <class Stream>
void HttpConnection<Stream>::finish(Reply reply) {
  asio::post(lane_.context(),
             [self = this->shared_from_this(), reply = std::move(reply)]() mutable {
               if (self->state_ == State::waiting) self->begin_reply(std::move(reply));
             });
}

template <class Stream>
void HttpConnection<Stream>::again() {
  asio::post(lane_.context(), [self = this->shared_from_this()] {
    if (self->state_ == State::waiting) self->on_request();
  });
}

/// What is left of the request is not read: this connection ends.
template <class Stream>
void HttpConnection<Stream>::refuse(const HttpProblem& problem) {
  keep_alive_ = false;
  begin_reply(reply_with(problem));
}

template <class Stream>
void HttpConnection<Stream>::on_bad_request(const error_code& error) {
  if (began_ns_ == 0) began_ns_ = steady_ns();
  if (error == http::error::header_limit)
    return refuse({431, "headers-too-large",
                   fmt::format("the headers have at most {} KiB", kMostHeader >> 10U)});
  if (error == http::error::body_limit)
    return refuse(
        {413, "body-too-large", fmt::format("a body has at most {} MiB", lane_.limits().body_mib)});
  refuse({400, "not-http", "this is not a request of HTTP/1.1"});
}

template <class Stream>
void HttpConnection<Stream>::begin_reply(Reply reply) {
  reply_ = std::move(reply);
  if (reply_.delay_ms == 0) return send();
  state_ = State::delayed;
  wait_for(reply_.delay_ms);
}

template <class Stream>
void HttpConnection<Stream>::send() {
  state_ = State::writing;
  wait_for(lane_.limits().answer_time_ms);
  sent_ = 0;
  last_part_ = !reply_.rest || head_only_;
  if (reply_.rest && http_1_0_) keep_alive_ = false;
  out_.clear();
  write_head();
  if (!head_only_) out_ += reply_.body;
  if (!last_part_) gather_part();
  asio::async_write(stream_, asio::buffer(out_),
                    [self = this->shared_from_this()](const error_code& error, std::size_t) {
                      self->on_written(error);
                    });
}

template <class Stream>
void HttpConnection<Stream>::write_head() {
  // Put together by hand: a format string is read anew for every answer.
  out_.append("HTTP/1.1 ").append(std::to_string(reply_.status)).append(" ");
  out_.append(reason_phrase(reply_.status)).append("\r\nContent-Type: ");
  out_.append(reply_.content_type).append("\r\n").append(lane_.date_line());
  out_.append("Cache-Control: ").append(reply_.cache).append("\r\n").append(reply_.headers);
  if (reply_.status == 304)
    ;  // has no body, nor the length of one
  else if (!reply_.rest)
    out_.append("Content-Length: ").append(std::to_string(reply_.body.size())).append("\r\n");
  else if (!http_1_0_)
    out_ += "Transfer-Encoding: chunked\r\n";
  if (!keep_alive_)
    out_ += "Connection: close\r\n";
  else if (http_1_0_)
    out_ += "Connection: keep-alive\r\n";
  out_ += "\r\n";
}

/// One chunk behind what `out_` holds; its size is known when it is there.
template <class Stream>
void HttpConnection<Stream>::gather_part() {
  constexpr std::size_t kSizeDigits = 8;
  const std::size_t frame = out_.size();
  if (!http_1_0_) out_.append(kSizeDigits, '0').append("\r\n");
  const std::size_t begin = out_.size();
  while (!last_part_ && out_.size() - begin < kPart) last_part_ = !reply_.rest->next(out_);
  if (http_1_0_) return;
  const std::string size = fmt::format("{:08x}", out_.size() - begin);
  out_.replace(frame, kSizeDigits, size);
  out_ += "\r\n";
  if (last_part_) out_ += "0\r\n\r\n";
}

template <class Stream>
void HttpConnection<Stream>::on_written(const error_code& error) {
  if (state_ == State::closed) return;
  if (error) return close();
  sent_ += out_.size();
  if (last_part_) return finish_request();
  out_.clear();
  gather_part();
  asio::async_write(stream_, asio::buffer(out_),
                    [self = this->shared_from_this()](const error_code& failed, std::size_t) {
                      self->on_written(failed);
                    });
}

template <class Stream>
void HttpConnection<Stream>::finish_request() {
  const std::int64_t took_ns = steady_ns() - began_ns_;
  lane_.counters().request(ticket_.endpoint, reply_.status, took_ns);
  const std::string address = ticket_.bad_token ? from_.to_string() : std::string();
  lane_.log().add({ticket_.endpoint, ticket_.method, reply_.status,
                   ticket_.grant != nullptr ? ticket_.grant->token.id : std::string_view(), address,
                   reply_.keys, sent_, took_ns});
  reply_ = {};
  ticket_ = {};
  parser_.reset();
  began_ns_ = 0;
  lane_.bodies().give_back(std::exchange(budget_, 0));
  if (out_.capacity() > kKeptBuffer) std::string().swap(out_);
  if (!keep_alive_) return linger();
  state_ = State::idle;
  wait_for(lane_.draining() ? kLastChance_ms : lane_.limits().idle_time_ms);
  if (buffer_.size() > 0) return advance();
  if (buffer_.capacity() > kReadBody) buffer_.shrink_to_fit();
  read_more();
}

/// To close while the client still sends would take the answer away from it.
template <class Stream>
void HttpConnection<Stream>::linger() {
  state_ = State::lingering;
  wait_for(kLinger_ms);
  if constexpr (std::is_same_v<Stream, Encrypted>) {
    stream_.async_shutdown([self = this->shared_from_this()](const error_code&) {
      if (self->state_ != State::closed) self->close();
    });
  } else {
    error_code ignored;
    stream_.shutdown(tcp::socket::shutdown_send, ignored);
    buffer_.clear();
    if (!reading_) read_more();
  }
}

template <class Stream>
void HttpConnection<Stream>::tick() {
  if (lane_.now_ms() < deadline_ms_) return;
  switch (state_) {
    case State::delayed:
      return send();
    case State::head:
    case State::body:
      lane_.counters().closed(Closed::too_slow);
      if (began_ns_ == 0) began_ns_ = steady_ns();
      return refuse({408, "too-slow", "the request did not arrive in time"});
    case State::handshake:
    case State::writing:
      lane_.counters().closed(Closed::too_slow);
      return close();
    default:
      return close();
  }
}

template <class Stream>
void HttpConnection<Stream>::drain() {
  keep_alive_ = false;
  if (state_ == State::idle) wait_until(std::min(deadline_ms_, lane_.now_ms() + kLastChance_ms));
}

template <class Stream>
void HttpConnection<Stream>::close() {
  if (state_ == State::closed) return;
  const auto self = this->shared_from_this();
  state_ = State::closed;
  lane_.bodies().give_back(std::exchange(budget_, 0));
  error_code ignored;
  socket().close(ignored);
  lane_.forget(*this);
}

}  // namespace

std::shared_ptr<Connection> make_connection(Lane& lane, Socket socket, Door door,
                                            const asio::ip::address& from, TlsContext* tls) {
  if (tls == nullptr)
    return std::make_shared<HttpConnection<Plain>>(lane, std::move(socket), door, from);
  return std::make_shared<HttpConnection<Encrypted>>(lane, Encrypted(std::move(socket), *tls), door,
                                                     from);
}

}  // namespace quarentena::serve
