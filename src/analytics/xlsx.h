#pragma once

#include <filesystem>

#include "analytics/analytics.h"

/// Internal to src/analytics.
namespace quarentena::analytics {

Status write_xlsx(const Analysis& analysis, const Outcome& outcome, Language language,
                  const std::filesystem::path& file);

}  // namespace quarentena::analytics
