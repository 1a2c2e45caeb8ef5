#include "sources/format/csv_structure.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace quarentena {
namespace {

struct Characters {
  char separator;
  char quote;
  char newline;
};

using MarkBlocks = void (*)(const char* text, std::size_t blocks, const Characters& wanted,
                            std::uint64_t* masks);

#if defined(__x86_64__)

__attribute__((target("avx2"))) void mark_avx2(const char* text, std::size_t blocks,
                                               const Characters& wanted, std::uint64_t* masks) {
  const __m256i separator = _mm256_set1_epi8(wanted.separator);
  const __m256i quote = _mm256_set1_epi8(wanted.quote);
  const __m256i newline = _mm256_set1_epi8(wanted.newline);
  for (std::size_t block = 0; block < blocks; ++block) {
    std::uint64_t mask = 0;
    for (int half = 0; half < 2; ++half) {
      const auto* from = reinterpret_cast<const __m256i*>(text + block * 64 + half * 32);
      const __m256i bytes = _mm256_loadu_si256(from);
      const __m256i found = _mm256_or_si256(
          _mm256_cmpeq_epi8(bytes, separator),
          _mm256_or_si256(_mm256_cmpeq_epi8(bytes, quote), _mm256_cmpeq_epi8(bytes, newline)));
      const auto bits = static_cast<std::uint32_t>(_mm256_movemask_epi8(found));
      mask |= std::uint64_t{bits} << (half * 32);
    }
    masks[block] = mask;
  }
}

void mark_sse2(const char* text, std::size_t blocks, const Characters& wanted,
               std::uint64_t* masks) {
  const __m128i separator = _mm_set1_epi8(wanted.separator);
  const __m128i quote = _mm_set1_epi8(wanted.quote);
  const __m128i newline = _mm_set1_epi8(wanted.newline);
  for (std::size_t block = 0; block < blocks; ++block) {
    std::uint64_t mask = 0;
    for (int part = 0; part < 4; ++part) {
      const auto* from = reinterpret_cast<const __m128i*>(text + block * 64 + part * 16);
      const __m128i bytes = _mm_loadu_si128(from);
      const __m128i found =
          _mm_or_si128(_mm_cmpeq_epi8(bytes, separator),
                       _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, newline)));
      const auto bits = static_cast<std::uint32_t>(_mm_movemask_epi8(found));
      mask |= std::uint64_t{bits} << (part * 16);
    }
    masks[block] = mask;
  }
}

MarkBlocks best() { return __builtin_cpu_supports("avx2") ? mark_avx2 : mark_sse2; }

#else

void mark_portably(const char* text, std::size_t blocks, const Characters& wanted,
                   std::uint64_t* masks) {
  for (std::size_t block = 0; block < blocks; ++block) {
    std::uint64_t mask = 0;
    for (std::size_t i = 0; i < 64; ++i) {
      const char c = text[block * 64 + i];
      const bool found = c == wanted.separator || c == wanted.quote || c == wanted.newline;
      mask |= std::uint64_t{found} << i;
    }
    masks[block] = mask;
  }
}

MarkBlocks best() { return mark_portably; }

#endif

}  // namespace

void CsvStructure::mark(const char* text, std::size_t size, char separator, char quote,
                        char newline) {
  static const MarkBlocks mark_blocks = best();
  const std::size_t blocks = (size + 63) / 64;
  masks_.resize(blocks + 1);
  mark_blocks(text, blocks, {separator, quote, newline}, masks_.data());
  if (size % 64 != 0) masks_[blocks - 1] &= (std::uint64_t{1} << (size % 64)) - 1;
  // What stops a cursor: a block in which every byte counts.
  masks_[blocks] = ~std::uint64_t{0};
}

}  // namespace quarentena
