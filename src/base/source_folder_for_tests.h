#pragma once

#include <filesystem>

namespace quarentena {

/// The root of the sources that the test was built from. It is compiled into a file of its own
/// (cmake/source_folder.cpp.in): the objects of all others are the same in every clone, and come
/// from the compiler's cache.
std::filesystem::path source_folder();

}  // namespace quarentena
