#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "config/plan.h"
#include "run/report.h"

/// What a team's own monitoring is told of each run: names of the configuration, statuses, counts
/// and times; nothing of a client, and no error's own words.
namespace quarentena {

/// Sends the run as one trace and replaces the metrics file, as far as the plan asks for it.
/// Returns what could not be done, a sentence each, without credentials. `stop` may be null.
std::vector<std::string> tell_monitoring(const Plan& plan, const RunReport& report,
                                         const std::atomic<bool>* stop = nullptr);

/// The run as OTLP's ExportTraceServiceRequest in JSON: a span for the run, one a step, and one for
/// each source's fetch and each load. The same run always gives the same trace and span ids. Pure.
std::string trace_json(const RunReport& report);

}  // namespace quarentena
