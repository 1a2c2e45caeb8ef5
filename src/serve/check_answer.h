#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "lookup/lookup.h"
#include "serve/question.h"
#include "serve/reply.h"

namespace quarentena::serve {

/// How many of each Standing, in its order.
using StandingCounts = std::array<std::uint64_t, 3>;

/// What a check is answered from.
struct CheckDesk {
  std::shared_ptr<const Index> index;  ///< null: `why` says why
  std::optional<Checker> checker;      ///< present when there is something to ask
  Unknown why = Unknown::none;         ///< of every key, when there is no checker
  Date day;                            ///< the day that is asked about
};

/// Writes the answer to a check, some thousand keys at a time, without a tree of JSON. The keys
/// must outlive it. docs/api.md and docs/openapi.json tell what it writes.
class CheckAnswer {
 public:
  CheckAnswer(CheckQuestion question, CheckDesk desk, BodyForm form);

  /// As BodyParts::next.
  bool next(std::string& out);
  const StandingCounts& counts() const { return counts_; }

 private:
  void write_head(std::string& out) const;
  void write_tail(std::string& out) const;
  void write_some(std::string& out);
  void write_answer(std::string& out, std::string_view key, const Answer& answer);

  CheckQuestion question_;
  CheckDesk desk_;
  BodyForm form_;
  std::size_t at_ = 0;
  bool first_ = true;
  StandingCounts counts_{};
  std::vector<Question> asked_;
  std::vector<Answer> answers_;
};

/// `2024-05-28`, appended.
void append_day(std::string& out, Date day);

}  // namespace quarentena::serve
