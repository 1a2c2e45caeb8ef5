#pragma once

#include <string>

#include "analytics/analytics.h"

namespace quarentena::cli {

/// The analysis' chart in Unicode, for stdout as it is: as wide as the terminal (100 columns where
/// there is none), in colours where those are shown. Empty when there is nothing to draw.
std::string chart_text(const analytics::Analysis& analysis, const analytics::Table& table,
                       analytics::Language language);

}  // namespace quarentena::cli
