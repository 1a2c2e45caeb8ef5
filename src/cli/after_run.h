#pragma once

#include <vector>

#include "config/plan.h"
#include "run/report.h"

namespace quarentena::cli {

/// What surrounds a run, whichever verb makes it: the history of runs, alerts, what monitoring is
/// told. None of it fails the run: what could not be done is a warning, and the next run makes up
/// for it.

/// Tells of runs that were killed since somebody looked.
void before_run(const Plan& plan);
/// Of the runs of one command, in their order. Dry runs are nobody's business.
void after_run(const Plan& plan, std::vector<RunReport> runs);

}  // namespace quarentena::cli
