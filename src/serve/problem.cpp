#include "serve/problem.h"

#include <fmt/format.h>

#include "base/event_line.h"

namespace quarentena::serve {

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Internal Server Error";
  }
}

std::string to_json(const HttpProblem& problem) {
  std::string out = fmt::format(R"({{"type":"urn:quarentena:problem:{}","title":"{}","status":{},)",
                                problem.code, reason_phrase(problem.status), problem.status);
  out += R"("detail":")";
  append_escaped(out, problem.detail);
  out += "\"}\n";
  return out;
}

HttpProblem problem_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::config:
      return {422, "not-answerable",
              error.hint.empty() ? error.what : fmt::format("{}: {}", error.what, error.hint)};
    case ErrorKind::missing:
      return {404, "not-there", error.what};
    case ErrorKind::transient:
    case ErrorKind::conflict:
      return {503, "try-again", "the table cannot be read now; the server's log says why", 10};
    default:
      return {500, "failed", "this could not be answered; the server's log says why"};
  }
}

}  // namespace quarentena::serve
