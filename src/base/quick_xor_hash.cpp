#include "base/quick_xor_hash.h"

#include <openssl/evp.h>

#include <algorithm>

namespace quarentena {

void QuickXorHash::add(std::string_view bytes) {
  std::size_t at = length_ % kPeriod;
  length_ += bytes.size();
  while (!bytes.empty()) {
    // In runs without a wrap, which the compiler turns into vector instructions.
    const std::size_t run = std::min(bytes.size(), kPeriod - at);
    for (std::size_t i = 0; i < run; ++i)
      folded_[at + i] =
          static_cast<unsigned char>(folded_[at + i] ^ static_cast<unsigned char>(bytes[i]));
    bytes.remove_prefix(run);
    at = (at + run) % kPeriod;
  }
}

std::string QuickXorHash::base64() const {
  std::array<unsigned char, kBytes> hash{};
  for (std::size_t i = 0; i < kPeriod; ++i) {
    const std::size_t bit = i * 11 % (kBytes * 8);
    const unsigned wide = static_cast<unsigned>(folded_[i]) << (bit % 8);
    auto& low = hash[bit / 8];
    auto& high = hash[(bit / 8 + 1) % kBytes];
    low = static_cast<unsigned char>(low ^ (wide & 0xffU));
    high = static_cast<unsigned char>(high ^ (wide >> 8U));
  }
  for (std::size_t i = 0; i < 8; ++i) {
    auto& byte = hash[kBytes - 8 + i];
    byte = static_cast<unsigned char>(byte ^ ((length_ >> (8 * i)) & 0xffU));
  }
  std::array<unsigned char, 4 * ((kBytes + 2) / 3) + 1> text{};
  const int size = EVP_EncodeBlock(text.data(), hash.data(), static_cast<int>(hash.size()));
  return {text.begin(), text.begin() + size};
}

}  // namespace quarentena
