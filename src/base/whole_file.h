#pragma once

#include <filesystem>
#include <string_view>

#include "base/error.h"

namespace quarentena {

enum class Access { owner, everybody };  ///< who may read it

/// `text` in place of what `file` held, once it is on the disk: written beside it under a name of
/// this process, synced and renamed. Errors: machine.
Status write_whole(const std::filesystem::path& file, std::string_view text,
                   Access access = Access::owner);

}  // namespace quarentena
