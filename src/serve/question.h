#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.h"
#include "lookup/lookup.h"
#include "serve/problem.h"

/// What a request's body asks, from its bytes. Nothing here knows a table.
namespace quarentena::serve {

/// How a body is written.
enum class BodyForm { json, ndjson };

/// Which answers are sent back; all are counted.
enum class Shown { all, not_free };

/// Of POST /v1/check.
struct CheckQuestion {
  KeyType type;
  Campaign campaign;
  std::optional<Date> on;  ///< absent: today
  Shown shown = Shown::all;
  std::vector<std::string_view> keys;  ///< in the order asked; in the memory of body and reader
};

/// Of POST /v1/analytics/run.
struct AnalysisQuestion {
  std::string name;
  std::map<std::string, std::string> values;  ///< by parameter
};

/// Of POST /v1/explain.
struct ExplainQuestion {
  std::string id_cliente;
  std::string canal;  ///< empty: all
  std::optional<Date> on;
};

template <class T>
using Read = tl::expected<T, HttpProblem>;

/// Reads questions; reused, it needs no new memory. One thread at a time.
///
/// JSON: `{"key": "email", "keys": ["a@b.c"], "canal": "Marketing", "purpose": "...",
/// "on": "2024-05-28", "show": "all" | "not_free"}`; `key` and `keys` must be there. NDJSON: the
/// same object without `keys` on the first line, then a JSON string on each line; blank lines do
/// not count. Problems: 400 (not JSON, not UTF-8), 422 (JSON that is no question), 413 (more than
/// `most_keys`).
class QuestionReader {
 public:
  QuestionReader();
  ~QuestionReader();
  QuestionReader(const QuestionReader&) = delete;
  QuestionReader& operator=(const QuestionReader&) = delete;

  /// `body` may get room behind its end, and must live, unchanged, as long as the keys.
  Read<CheckQuestion> check(std::string& body, BodyForm form, std::size_t most_keys);
  Read<ExplainQuestion> explain(std::string& body);
  Read<AnalysisQuestion> analysis(std::string& body);

  /// How much memory it holds on to, in bytes of the largest body read.
  std::size_t capacity() const;

 private:
  struct Parser;
  Read<CheckQuestion> lines(std::string& body, std::size_t most_keys);

  std::unique_ptr<Parser> parser_;
  std::deque<std::string> unescaped_;  ///< keys of NDJSON that hold escapes
};

}  // namespace quarentena::serve
