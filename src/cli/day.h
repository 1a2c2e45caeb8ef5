#pragma once

#include <string>

#include "base/date.h"

namespace quarentena::cli {

/// `2024-05-28`, today (hoje), yesterday (ontem); empty is today in the time zone.
Result<Date> day_in(const std::string& text, const std::string& timezone);

}  // namespace quarentena::cli
