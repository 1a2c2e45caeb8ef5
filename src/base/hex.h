#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace quarentena {

/// Lower case, two digits a byte.
inline std::string hex_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out(bytes.size() * 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    out[2 * i] = kDigits[byte >> 4U];
    out[2 * i + 1] = kDigits[byte & 15U];
  }
  return out;
}

/// The same of an array of bytes, such as a digest.
template <class Bytes>
std::string hex_of(const Bytes& bytes) requires(sizeof(*bytes.data()) == 1) {
  return hex_of(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

}  // namespace quarentena
