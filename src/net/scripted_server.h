#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

/// For tests only: an HTTP server on 127.0.0.1 that says, byte for byte, what a test tells it to,
/// so that it can also cut, stall and lie.
namespace quarentena::testing {

struct Asked {
  std::string method, target, body;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string header(const std::string& name) const {
    const auto at = headers.find(name);
    return at == headers.end() ? "" : at->second;
  }
};

struct Reply {
  enum class Then { keep, close, hang, reset };
  std::string bytes;
  Then then = Then::keep;
};

/// A whole answer with its Content-Length. `head` holds further lines, each with its line end.
inline std::string answer(const std::string& status, const std::string& body,
                          const std::string& head = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         head + "\r\n" + body;
}

class ScriptedServer {
 public:
  using Script = std::function<Reply(const Asked&)>;

  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      std::abort();
    port_ = ntohs(address.sin_port);
    accepting_ = std::thread([this] { accept_all(); });
  }
  ~ScriptedServer() {
    done_ = true;
    accepting_.join();
    for (auto& connection : connections_) connection.join();
    ::close(listener_);
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::string url(const std::string& target) const {
    return "http://127.0.0.1:" + std::to_string(port_) + target;
  }
  int accepted() const { return accepted_; }
  std::vector<Asked> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  bool readable(int fd) const {
    while (!done_) {
      pollfd waiting{fd, POLLIN, 0};
      if (::poll(&waiting, 1, 20) > 0) return true;
    }
    return false;
  }

  void accept_all() {
    while (readable(listener_)) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      ++accepted_;
      if (fd >= 0) connections_.emplace_back([this, fd] { serve(fd); });
    }
  }

  bool read_request(int fd, std::string& buffer, Asked& out) const {
    char piece[16384];
    std::size_t end = 0, body = 0;
    while ((end = buffer.find("\r\n\r\n")) == std::string::npos ||
           buffer.size() < end + 4 + (body = parse(buffer.substr(0, end + 2), out))) {
      if (!readable(fd)) return false;
      const auto got = ::recv(fd, piece, sizeof(piece), 0);
      if (got <= 0) return false;
      buffer.append(piece, static_cast<std::size_t>(got));
    }
    out.body = buffer.substr(end + 4, body);
    buffer.erase(0, end + 4 + body);
    return true;
  }

  /// Fills in all but the body; its size.
  static std::size_t parse(const std::string& head, Asked& out) {
    const auto first = head.substr(0, head.find("\r\n"));
    out.method = first.substr(0, first.find(' '));
    out.target = first.substr(out.method.size() + 1, first.rfind(' ') - out.method.size() - 1);
    for (std::size_t at = first.size() + 2; at < head.size();) {
      const auto end = head.find("\r\n", at);
      const auto line = head.substr(at, end - at);
      auto name = line.substr(0, line.find(':'));
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      const auto value = line.find_first_not_of(' ', name.size() + 1);
      out.headers[name] = value == std::string::npos ? "" : line.substr(value);
      at = end + 2;
    }
    return static_cast<std::size_t>(std::atoll(out.header("content-length").c_str()));
  }

  void serve(int fd) {
    std::string buffer;
    while (true) {
      Asked request;
      if (!read_request(fd, buffer, request)) break;
      Reply reply;
      {
        const std::lock_guard lock(mutex_);
        asked_.push_back(request);
        reply = script_(request);
      }
      for (std::size_t at = 0; at < reply.bytes.size();) {
        const auto sent =
            ::send(fd, reply.bytes.data() + at, reply.bytes.size() - at, MSG_NOSIGNAL);
        if (sent <= 0) break;
        at += static_cast<std::size_t>(sent);
      }
      if (reply.then == Reply::Then::keep) continue;
      if (reply.then == Reply::Then::hang)
        while (!done_ && !gone(fd)) {
        }
      const linger at_once{1, 0};
      if (reply.then == Reply::Then::reset)
        ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
      break;
    }
    ::close(fd);
  }

  static bool gone(int fd) {
    pollfd waiting{fd, POLLIN, 0};
    char byte = 0;
    return ::poll(&waiting, 1, 20) > 0 && ::recv(fd, &byte, 1, MSG_PEEK) <= 0;
  }

  Script script_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> done_{false};
  std::atomic<int> accepted_{0};
  std::thread accepting_;
  std::list<std::thread> connections_;
  mutable std::mutex mutex_;
  std::vector<Asked> asked_;
};

}  // namespace quarentena::testing
