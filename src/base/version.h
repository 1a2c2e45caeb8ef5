#pragma once

namespace quarentena {

inline constexpr const char* kVersion = QUARENTENA_VERSION;

}  // namespace quarentena
