#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/error.h"
#include "serve/metrics.h"

namespace quarentena::serve {

/// Lines of JSON for what is said while it serves: events, and requests. No line holds a key that
/// was asked about, a URL, a header or a secret; a token is told by its id. Safe from any thread.
class LogFile {
 public:
  /// `to`: "stderr", "off", or the path of a file to append to, which nobody but its owner and
  /// group may read.
  static Result<std::unique_ptr<LogFile>> open(const std::string& to);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  bool off() const { return to_ == "off"; }
  void write(std::string_view lines);
  /// The file may have been moved away: begins a new one of its name.
  Status reopen();

 private:
  explicit LogFile(std::string to) : to_(std::move(to)) {}
  std::string to_;
  std::mutex mutex_;
  int descriptor_ = -1;
};

/// One request, for the log.
struct Access {
  Endpoint endpoint = Endpoint::other;
  std::string_view method;  ///< one that is known, or "other"
  int status = 0;
  std::string_view token;    ///< its id; empty: none
  std::string_view address;  ///< of who was refused for their token; empty: not told
  std::size_t keys = 0;
  std::uint64_t bytes = 0;
  std::int64_t took_ns = 0;
};

/// One thread's lines, which go to the file some at a time.
class AccessLog {
 public:
  explicit AccessLog(LogFile& file) : file_(file) {}
  void add(const Access& access);
  void flush();

 private:
  LogFile& file_;
  std::string lines_;
  std::int64_t stamp_ms_ = -1;
  std::string stamp_;
};

/// One event, on stderr: `{"time":"...","event":"listening","api":"http://127.0.0.1:8480"}`. The
/// values must hold no personal data.
void log_event(std::string_view event,
               std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

}  // namespace quarentena::serve
