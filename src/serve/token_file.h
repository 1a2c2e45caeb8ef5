#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "base/error.h"
#include "serve/tokens.h"

namespace quarentena::serve {

/// Reads the file, lets `change` at the tokens, and puts the result in its place by rename, all
/// under a lock. An error of `change` leaves the file as it is.
Status change_tokens(const std::filesystem::path& file,
                     const std::function<Status(std::vector<Token>&)>& change);

}  // namespace quarentena::serve
