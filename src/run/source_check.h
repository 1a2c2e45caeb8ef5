#pragma once

#include <string>
#include <vector>

#include "config/plan.h"
#include "run/pipeline.h"

namespace quarentena {

/// One line of a source's checklist.
struct CheckStep {
  enum class Outcome { passed, failed, not_reached };
  std::string name;  ///< "reach", "sign in", "find", "read", "columns"
  Outcome outcome = Outcome::not_reached;
  std::string detail;  ///< what was found, or what is wrong
  std::string hint;    ///< of a failed step: what to do
};

/// What `quarentena sources test` finds out about one source: the delivery of the day, if it got
/// that far.
struct SourceCheck {
  std::string source;
  std::vector<CheckStep> steps;
  std::vector<DeliveredFile> files;
  std::optional<Error> error;
  bool passed() const { return !error; }
};

/// Fetches what the source delivers for the day and matches it with the configuration, without
/// loading anything. What it brings from afar stays in the inbox, where the next run finds it.
SourceCheck check_source(const Plan& plan, const Source& source, const RunOptions& options);

/// The first part of it: only brings the delivery here.
SourceCheck fetch_source(const Plan& plan, const Source& source, const RunOptions& options);

/// What a transport is told for a source of this plan.
FetchContext fetch_context(const Plan& plan, const Source& source, const RunOptions& options);

}  // namespace quarentena
