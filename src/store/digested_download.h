#pragma once

#include <string>
#include <vector>

#include "store/object_store.h"

namespace quarentena {

/// As ObjectStore::download; and the SHA-256 of each, hex, in their order, which is made while the
/// bytes come.
Result<std::vector<std::string>> digested_download(const ObjectStore& store,
                                                   const std::vector<Download>& objects,
                                                   StopFlag stop = nullptr);

}  // namespace quarentena
