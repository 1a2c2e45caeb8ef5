#pragma once

#include <string>

#include "analytics/analytics.h"

namespace quarentena::analytics {

/// The analysis' chart as one SVG file that needs nothing else: its title and description for who
/// hears it, colours for light and dark, the exact number of each mark on hovering. Empty when it
/// has no chart.
std::string svg_chart(const Analysis& analysis, const Outcome& outcome, Language language);

/// 1234567.8 -> "1.234.567,8" in Portuguese, "1,234,567.8" in English; at most one decimal.
std::string number_text(double value, Language language);

/// At most `most` characters, the last of them an ellipsis.
std::string shortened(const std::string& utf8, std::size_t most);

}  // namespace quarentena::analytics
