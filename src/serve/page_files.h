#pragma once

#include <span>

#include "serve/page.h"

namespace quarentena::serve {

/// Made from web/ by scripts/build-web.
std::span<const PageFile> page_files();

}  // namespace quarentena::serve
