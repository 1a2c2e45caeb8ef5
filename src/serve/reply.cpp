#include "serve/reply.h"

#include <fmt/format.h>

namespace quarentena::serve {

Reply reply_with(const HttpProblem& problem) {
  Reply reply;
  reply.status = problem.status;
  reply.content_type = kProblemJson;
  reply.body = to_json(problem);
  if (problem.retry_after_s)
    reply.headers += fmt::format("Retry-After: {}\r\n", *problem.retry_after_s);
  return reply;
}

}  // namespace quarentena::serve
