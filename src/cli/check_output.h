#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lookup/audience.h"
#include "lookup/lookup.h"

namespace quarentena::cli {

/// What `check` was asked and what it answers, key by key.
struct CheckAnswers {
  Date day;
  Campaign campaign;
  std::optional<Checker> checker;  ///< absent: nothing was there to ask
  std::vector<KeyType> types;
  std::vector<std::string> texts;
  std::vector<Answer> answers;
};

/// A table for people on stdout, and what they must know beside it on stderr.
void print_answers(const CheckAnswers& answers);
/// On stderr: which load answers, and whose sources it carries forward.
void print_sources_behind(const IndexInfo& info, Date day);
/// One JSON object; docs/cli.md has the fields.
std::string to_json(const CheckAnswers& answers);

/// What became of an audience.
struct AudienceReport {
  Campaign campaign;
  Date day;
  Unknown why = Unknown::none;      ///< of all rows
  const IndexInfo* info = nullptr;  ///< null: nothing was there to ask
  const AudienceSummary& summary;
};

/// All of it on stderr: data is in the files.
void print_report(const AudienceReport& report);
/// One JSON object; docs/cli.md has the fields.
std::string to_json(const AudienceReport& report);

}  // namespace quarentena::cli
