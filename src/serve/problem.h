#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace quarentena::serve {

/// What went wrong with a request, as RFC 9457 has it. Holds no personal data and no secret, nor
/// anything that the request said.
struct HttpProblem {
  int status = 500;
  std::string_view code;  ///< what programs tell it by: "body-too-large"; a literal
  std::string detail;     ///< one sentence, and what to do
  std::optional<int> retry_after_s = {};
};

/// "Bad Request", ...
std::string_view reason_phrase(int status);

/// `application/problem+json`.
std::string to_json(const HttpProblem& problem);

/// Of an error met while answering: its kind decides the status. What the operator alone may read
/// (paths, servers) is left out.
HttpProblem problem_of(const Error& error);

}  // namespace quarentena::serve
