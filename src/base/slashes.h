#pragma once

#include <string>

namespace quarentena {

/// The address or path without slashes at its end: people write both, and what is put behind it
/// brings its own.
inline std::string without_slash(std::string place) {
  while (place.ends_with('/')) place.pop_back();
  return place;
}

/// The same, but that the root stays one: "/".
inline std::string path_without_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

}  // namespace quarentena
