#include "base/quick_xor_hash.h"

#include <gtest/gtest.h>

#include <array>

namespace quarentena {
namespace {

/// The definition, bit by bit: byte i is XORed in at bit 11 * i, the length at bit 96.
std::array<unsigned char, 20> by_definition(const std::string& bytes) {
  std::array<unsigned char, 20> hash{};
  const auto flip = [&](std::size_t bit) {
    auto& byte = hash[bit % 160 / 8];
    byte = static_cast<unsigned char>(byte ^ (1U << (bit % 8)));
  };
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (std::size_t bit = 0; bit < 8; ++bit)
      if ((static_cast<unsigned char>(bytes[i]) >> bit & 1U) != 0) flip(i * 11 + bit);
  for (std::size_t bit = 0; bit < 64; ++bit)
    if ((bytes.size() >> bit & 1U) != 0) flip(96 + bit);
  return hash;
}

std::string base64(const std::array<unsigned char, 20>& bytes) {
  static constexpr char kLetters[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < 20; i += 3) {
    const unsigned b0 = bytes[i], b1 = i + 1 < 20 ? bytes[i + 1] : 0U,
                   b2 = i + 2 < 20 ? bytes[i + 2] : 0U;
    const unsigned bits = b0 << 16U | b1 << 8U | b2;
    out += kLetters[bits >> 18U & 63U];
    out += kLetters[bits >> 12U & 63U];
    out += kLetters[bits >> 6U & 63U];
    out += i + 2 < 20 ? kLetters[bits & 63U] : '=';
  }
  return out;
}

std::string hash_of(const std::string& bytes) {
  QuickXorHash hash;
  hash.add(bytes);
  return hash.base64();
}

TEST(QuickXorHash, PublishedValue) {
  EXPECT_EQ(hash_of("hello world"), "aCgDG9jwBhDc4Q1yawMZAAAAAAA=");
}

TEST(QuickXorHash, NothingIsAllZero) { EXPECT_EQ(hash_of(""), "AAAAAAAAAAAAAAAAAAAAAAAAAAA="); }

TEST(QuickXorHash, EqualsItsDefinitionAtEveryLength) {
  std::string bytes;
  unsigned state = 1;
  for (int i = 0; i < 700; ++i) {
    EXPECT_EQ(hash_of(bytes), base64(by_definition(bytes))) << bytes.size();
    state = state * 1664525U + 1013904223U;
    bytes += static_cast<char>(state >> 24U);
  }
}

TEST(QuickXorHash, PiecesDoNotMatter) {
  const std::string bytes(1000, 'q');
  QuickXorHash hash;
  for (std::size_t at = 0; at < bytes.size(); at += 7)
    hash.add(std::string_view(bytes).substr(at, 7));
  EXPECT_EQ(hash.base64(), hash_of(bytes));
}

TEST(QuickXorHash, AMissingLastByteShows) {
  EXPECT_NE(hash_of(std::string(161, '\0')), hash_of(std::string(160, '\0')));
}

}  // namespace
}  // namespace quarentena
