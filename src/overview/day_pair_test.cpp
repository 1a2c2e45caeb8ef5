#include "overview/day_pair.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace quarentena {
namespace {

constexpr std::size_t kCrm = 0, kMarketing = 1;

std::vector<std::uint64_t> sorted(std::vector<std::uint64_t> keys) {
  std::sort(keys.begin(), keys.end());
  return keys;
}

TEST(TwoDays, WhoIsOnlyInOneOfThemEnteredOrLeftThatCanal) {
  const auto before =
      sorted({ClientKey::of("stays", kCrm, true), ClientKey::of("over", kCrm, true),
              ClientKey::of("early", kCrm, false), ClientKey::of("moves", kCrm, false)});
  const auto now = sorted({ClientKey::of("stays", kCrm, false), ClientKey::of("new", kCrm, false),
                           ClientKey::of("moves", kMarketing, false)});
  const auto moves = moves_between(before, now, 2);
  EXPECT_EQ(moves[kCrm].entered, 1);
  EXPECT_EQ(moves[kCrm].left, 3);
  EXPECT_EQ(moves[kCrm].left_early, 2);
  EXPECT_EQ(moves[kMarketing].entered, 1);
  EXPECT_EQ(moves[kMarketing].left, 0);
}

TEST(TwoDays, WithNobodyBeforeEverybodyEntered) {
  const auto now = sorted({ClientKey::of("1", kCrm, false), ClientKey::of("2", kCrm, false)});
  EXPECT_EQ(moves_between({}, now, 1)[kCrm].entered, 2);
  EXPECT_EQ(moves_between(now, {}, 1)[kCrm].left, 2);
}

TEST(ADay, CountsAClientOnceUnderAllTheirCanais) {
  const auto now = sorted({ClientKey::of("1", kCrm, false), ClientKey::of("1", kMarketing, true),
                           ClientKey::of("2", kMarketing, false), ClientKey::of("3", 63, false)});
  const auto clients = clients_by_canais(now);
  EXPECT_EQ(clients.size(), 3U);
  EXPECT_EQ(clients.at(0b11), 1);
  EXPECT_EQ(clients.at(0b10), 1);
  EXPECT_EQ(clients.at(std::uint64_t{1} << 63U), 1);
}

}  // namespace
}  // namespace quarentena
