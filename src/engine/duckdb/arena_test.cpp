#include "engine/duckdb/arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

namespace quarentena::duck {
namespace {

struct Piece {
  char* at;
  std::size_t size;
  char mark;
};

void fill(Arena& arena, char mark, std::vector<Piece>& pieces) {
  for (std::size_t i = 0; i < 5'000; ++i) {
    const auto size = i % 1'000 == 999 ? std::size_t{300'000} : 1 + i % 97;
    auto* at = arena.allocate(size);
    std::fill_n(at, size, mark);
    pieces.push_back({at, size, mark});
  }
}

bool untouched(const Piece& piece) {
  return std::all_of(piece.at, piece.at + piece.size, [&](char c) { return c == piece.mark; });
}

TEST(Arena, PiecesOfManyThreadsNeverOverlap) {
  Arena arena;
  std::vector<std::vector<Piece>> pieces(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < pieces.size(); ++t)
    threads.emplace_back([&, t] { fill(arena, static_cast<char>('a' + t), pieces[t]); });
  for (auto& thread : threads) thread.join();
  for (const auto& of_thread : pieces)
    EXPECT_TRUE(std::all_of(of_thread.begin(), of_thread.end(), untouched));
}

TEST(Arena, TwoUsedInTurnsKeepTheirPiecesApart) {
  Arena one, two;
  std::vector<Piece> pieces;
  for (int i = 0; i < 100; ++i) {
    for (auto* arena : {&one, &two}) {
      auto* at = arena->allocate(100);
      const char mark = arena == &one ? '1' : '2';
      std::fill_n(at, 100, mark);
      pieces.push_back({at, 100, mark});
    }
  }
  EXPECT_TRUE(std::all_of(pieces.begin(), pieces.end(), untouched));
}

TEST(Arena, ALaterOneDoesNotCutFromAnEarlierOnesBlock) {
  for (int i = 0; i < 50; ++i) {
    Arena arena;
    std::fill_n(arena.allocate(1'000), 1'000, 'x');  // asan tells when the block is gone
  }
}

}  // namespace
}  // namespace quarentena::duck
