#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "config/plan.h"
#include "config/schedule.h"

/// The verbs of what runs by the clock; command.h says what a verb is.
namespace quarentena::cli {

void add_daemon(CLI::App& verb, int& exit_code);
void add_schedule(CLI::App& verb, int& exit_code);

struct Scheduled {
  Plan plan;
  Schedule schedule;
};
/// Error: config, when the file schedules nothing.
Result<Scheduled> scheduled_in(const std::string& config);

/// The path to start this program by, as long as it is not moved.
Result<std::filesystem::path> this_program();

}  // namespace quarentena::cli
