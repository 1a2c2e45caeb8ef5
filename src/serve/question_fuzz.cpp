#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/event_line.h"
#include "serve/question.h"

/// Any bytes are a question, or a problem with a status of the client's and words about it. The
/// first byte chooses what is read: a check in JSON, in NDJSON, a question to explain.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quarentena::serve;
  constexpr std::size_t kMostKeys = 50;
  static QuestionReader reader;
  if (size == 0) return 0;
  std::string body(reinterpret_cast<const char*>(data) + 1, size - 1);
  body.shrink_to_fit();  // so that reading past the end is seen
  const auto judge = [](const HttpProblem& problem) {
    const bool theirs = problem.status == 400 || problem.status == 413 || problem.status == 422;
    if (!theirs || problem.detail.empty() || to_json(problem).empty()) std::abort();
  };
  if (data[0] % 3 == 2) {
    const auto question = reader.explain(body);
    if (!question) judge(question.error());
    if (question && question->id_cliente.empty()) std::abort();
    return 0;
  }
  const auto form = data[0] % 3 == 0 ? BodyForm::json : BodyForm::ndjson;
  const auto question = reader.check(body, form, kMostKeys);
  if (!question) {
    judge(question.error());
    return 0;
  }
  if (question->keys.size() > kMostKeys) std::abort();
  std::string written;
  for (const auto key : question->keys) quarentena::append_escaped(written, key);
  return 0;
}
