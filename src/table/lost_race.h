#pragma once

#include <chrono>

namespace quarentena {

/// How often a commit is tried while other writers keep coming first: enough for a dozen that never
/// stop. Every race has a winner, so the table itself always moves on.
inline constexpr int kCommitAttempts = 40;

/// How long to leave the table to others after `lost` races, 1 or more: longer each time, up to
/// two thirds of a second, and never the same for two writers, who would only meet again.
std::chrono::milliseconds pause_after_lost_race(int lost);

}  // namespace quarentena
