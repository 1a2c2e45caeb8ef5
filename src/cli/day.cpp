#include "cli/day.h"

#include <fmt/format.h>

namespace quarentena::cli {

Result<Date> day_in(const std::string& text, const std::string& timezone) {
  if (text.empty() || text == "today" || text == "hoje") return today_in(timezone);
  if (text == "yesterday" || text == "ontem") return Date(today_in(timezone).days() - 1);
  if (const auto day = Date::parse_iso(text)) return *day;
  return fail(ErrorKind::config, fmt::format("'{}' is not a day", text),
              "write it as 2024-05-28, or say today or yesterday");
}

}  // namespace quarentena::cli
