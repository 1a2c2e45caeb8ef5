#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "base/error.h"
#include "config/plan.h"
#include "config/schedule.h"

/// The same schedule for those who begin loads by other means than `quarentena daemon`.
namespace quarentena::schedule {

/// A unit of systemd that runs the daemon. `binary` is absolute.
std::string systemd_unit(const Plan& plan, const std::filesystem::path& binary,
                         const std::string& user);

/// Lines of a crontab. Error: config, for an expression that only we understand.
Result<std::string> crontab(const Plan& plan, const Schedule& schedule,
                            const std::filesystem::path& binary);

/// A cron expression as Quartz writes it. Error: config, for what Quartz cannot say.
Result<std::string> quartz(const Cron& cron);

/// Where a Databricks job runs.
enum class Compute { serverless, cluster };

/// A Databricks Asset Bundle: file names to their content. Errors: config, when the plan keeps
/// anything on a machine, or an expression is none of Quartz'.
Result<std::map<std::string, std::string>> databricks_bundle(const Plan& plan,
                                                             const Schedule& schedule,
                                                             Compute compute);

}  // namespace quarentena::schedule
