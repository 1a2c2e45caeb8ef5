#pragma once

#include <string>
#include <vector>

#include "config/plan.h"

namespace quarentena {

/// A plan with other rules, to be tried.
struct OverriddenPlan {
  Plan plan;
  std::vector<std::string> sources;  ///< of every canal that a rule was changed of
  std::vector<std::string> notes;    ///< what is not as a run would do it
};

/// `sets`: `<source>.dias=20` (or until_removed), `<source>.where=<SQL>` (empty: all rows),
/// `<source>.keeps=snapshot|events`; nothing else of a plan can be tried on what was kept. A
/// changed `dias` is for all contacts, whatever `applies` says. Errors: config, naming the nearest
/// name.
Result<OverriddenPlan> with_overrides(const Plan& plan, const std::vector<std::string>& sets);

}  // namespace quarentena
