#pragma once

#include <filesystem>
#include <string>

#include "store/remote_folder.h"

/// Internal to src/store.
namespace quarentena {

/// A small file as an object, only where none is; of several at once one wins.
Result<PutNew> put_new_object(const ObjectStore& store, const std::filesystem::path& file,
                              const std::string& path, StopFlag stop);

}  // namespace quarentena
