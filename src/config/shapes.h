#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/keys.h"

/// Short ways to write the shapes of the tables of known keys.
namespace quarentena::keys {

using Is = Shape::Is;

inline Shape text(std::string pattern = {}) {
  return {.is = Is::text, .pattern = std::move(pattern)};
}
inline Shape word(std::vector<std::string> words) {
  return {.is = Is::word, .words = std::move(words)};
}
inline Shape integer(std::int64_t min, std::int64_t max) {
  return {.is = Is::integer, .min = min, .max = max};
}
inline Shape percent(std::int64_t max) { return {.is = Is::percent, .min = 0, .max = max}; }
inline Shape boolean() { return {.is = Is::boolean}; }
inline Shape texts() { return {.is = Is::texts}; }
inline Shape character(std::vector<std::string> words) {
  return {.is = Is::character, .words = std::move(words)};
}
inline Shape map(const std::vector<Key>& keys) { return {.is = Is::map, .keys = &keys}; }
inline Shape maps(const std::vector<Key>& keys, std::string each) {
  return {.is = Is::maps, .keys = &keys, .each = std::move(each)};
}
inline Shape named_maps(const std::vector<Key>& keys, std::string pattern, std::string each) {
  return {
      .is = Is::named_maps, .keys = &keys, .pattern = std::move(pattern), .each = std::move(each)};
}

}  // namespace quarentena::keys
