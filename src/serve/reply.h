#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "serve/problem.h"

namespace quarentena::serve {

/// A body that is made while it is sent, so that a large one is never whole in memory.
class BodyParts {
 public:
  BodyParts() = default;
  virtual ~BodyParts() = default;
  BodyParts(const BodyParts&) = delete;
  BodyParts& operator=(const BodyParts&) = delete;

  /// Appends the next part, some tens of kilobytes. False: that was the last one.
  virtual bool next(std::string& out) = 0;
};

/// What goes back.
struct Reply {
  int status = 200;
  std::string_view content_type = "application/json";  ///< a literal
  std::string body;
  std::unique_ptr<BodyParts> rest;      ///< what follows `body`; null: nothing
  std::string_view cache = "no-store";  ///< Cache-Control; a literal
  std::string headers;                  ///< more lines, each with its CRLF
  int delay_ms = 0;                     ///< to wait before it is sent
  std::size_t keys = 0;                 ///< asked about, for the log
};

inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kNdjson = "application/x-ndjson";
inline constexpr std::string_view kProblemJson = "application/problem+json";

Reply reply_with(const HttpProblem& problem);

/// Who waits for a reply that is made on another thread. Safe from any thread; may be called when
/// nobody waits any more.
class Asker {
 public:
  virtual ~Asker() = default;
  virtual void finish(Reply reply) = 0;
  /// What the answer needed is there now: it is asked for again.
  virtual void again() = 0;
};

}  // namespace quarentena::serve
