#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "staging/kept_deliveries.h"

namespace quarentena {

/// The manifest as written; any bytes a file's name may have are kept.
std::string manifest_json(const Manifest& manifest);

/// Errors: data (not a manifest, or one that names files outside its folder).
Result<Manifest> read_manifest_json(const std::string& text);

}  // namespace quarentena
