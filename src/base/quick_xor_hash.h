#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace quarentena {

/// QuickXorHash, the checksum that SharePoint and OneDrive give for every file: each byte is XORed
/// into 160 bits, 11 bits further than the one before, and the length into the last 64 bits. Not
/// cryptographic: it finds accidents, not attackers. Fed piece by piece; not thread-safe.
class QuickXorHash {
 public:
  void add(std::string_view bytes);
  /// Base64 of the 20 bytes, as Graph writes it. Changes nothing: more may be added after.
  std::string base64() const;

 private:
  static constexpr std::size_t kBytes = 20;
  static constexpr std::size_t kPeriod = 160;  ///< 11 and 160 share no factor
  /// The bytes at equal positions modulo 160 fall on the same bits, so they are folded first.
  std::array<unsigned char, kPeriod> folded_{};
  std::uint64_t length_ = 0;
};

}  // namespace quarentena
