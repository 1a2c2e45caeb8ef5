#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace quarentena {

/// What a canal's rows on a day depend on, and nothing else: the delivered bytes, the rules of its
/// sources, the day, the time zone and this program's version. Equal fingerprints mean equal rows,
/// so a run commits only canais whose fingerprint differs from the one in the table's log.
/// Never negative: it is kept as a Delta transaction version.
std::int64_t fingerprint(const CanalLoad& load);

/// How the log remembers the fingerprint of a canal that came out empty.
inline std::int64_t left_empty(std::int64_t fingerprint) { return ~fingerprint; }

}  // namespace quarentena
