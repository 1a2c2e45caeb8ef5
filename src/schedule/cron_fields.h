#pragma once

#include <string>

#include "base/cron.h"
#include "base/error.h"

/// Internal to src/schedule.
namespace quarentena::schedule {

/// A cron expression taken apart, in the words that every cron has: lists, ranges and steps of
/// numbers and names.
struct CronFields {
  std::string second, minute, hour, day, month, weekday;
};

/// `*`: the field leaves it open.
bool is_open(const std::string& field);

/// `for_whom` is named in the error (config) of an expression with more than that.
Result<CronFields> fields_of(const Cron& cron, const std::string& for_whom);

}  // namespace quarentena::schedule
