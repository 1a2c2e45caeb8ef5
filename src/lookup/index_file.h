#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lookup/key_hash.h"
#include "lookup/lookup.h"

/// The index's file. Internal to src/lookup.
///
///   preamble       64 bytes: magic, format, sizes, the secret's fingerprint, checksums
///   description    JSON: IndexInfo, the canais, the sections' places
///   block sums     CRC-64 of every 64 KiB of the sections
///   sections       from a multiple of 64 KiB on, each from a multiple of 64 bytes
///
/// A row of the table is four numbers at its position: the hash of its id, its fact (canal,
/// data_envio, saida_prevista; a table holds few different ones), and where its e-mail and its
/// phone stand in their sections. Rows stand in the order of their ids' hashes. The section of
/// e-mails (phones, CPFs) holds hash and row in the order of the hashes. So all rows of a key stand
/// together; the directory of a section tells where the hashes that begin with some bits begin.
///
/// What it reveals: how many rows there are by canal, day in and day out, and which of them share
/// an e-mail or a phone. No id, e-mail, phone or CPF, nor a digest of one that could be tried
/// against without the secret; with the secret it answers what `check` answers. Both are files that
/// only their owner reads.
namespace quarentena {

inline constexpr std::uint32_t kIndexFormat = 2;
inline constexpr std::size_t kBlockBytes = std::size_t{64} << 10;
inline constexpr std::uint32_t kNowhere = UINT32_MAX;  ///< a row has no e-mail, or no phone

/// Days since 1970-01-01.
struct Fact {
  static constexpr std::int32_t kNoDay = INT32_MIN;
  std::uint32_t canal = 0;  ///< position in the description's canais
  std::int32_t data_envio = kNoDay;
  std::int32_t saida_prevista = kNoDay;
  friend auto operator<=>(const Fact&, const Fact&) = default;
};

struct Preamble {
  std::array<char, 8> magic{'Q', 'u', 'a', 'r', 'I', 'd', 'x', '\n'};
  std::uint32_t format = kIndexFormat;
  std::uint32_t description_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t sections_at = 0;
  std::uint64_t blocks = 0;
  std::uint64_t secret = 0;           ///< fingerprint()
  std::uint64_t description_sum = 0;  ///< CRC-64 of description and block sums
  std::uint64_t preamble_sum = 0;     ///< CRC-64 of the fields above
};
static_assert(sizeof(Preamble) == 64);

std::uint64_t checksum(const void* bytes, std::size_t size);

/// Where an array stands, in bytes after Preamble::sections_at.
struct Place {
  std::uint64_t at = 0;
  std::uint64_t count = 0;
};

/// A sorted array of hashes: those whose first `bits` bits are `k` stand from directory[k] up to
/// directory[k + 1].
struct HashPlace {
  std::uint32_t bits = 1;
  Place directory;  ///< uint32, 2^bits + 1
  Place hashes;     ///< uint64
  Place rows;       ///< uint32, of each hash; empty for ids: a hash's position is its row
};

struct Layout {
  std::array<HashPlace, 4> keys;  ///< by KeyKind
  Place facts;                    ///< Fact
  Place fact_of_row;              ///< uint32
  std::array<Place, 2> of_row;    ///< uint32: position among e-mails, phones; or kNowhere
  std::uint64_t bytes = 0;        ///< of all sections
};

/// Bits of a directory over `count` hashes: some forty of them to an entry, so that the directory
/// of ten million stays in a core's own cache.
std::uint32_t directory_bits(std::uint64_t count);

/// Of `rows` rows with so many keys of each kind, of which ids are `rows`.
Layout lay_out(std::uint64_t rows, const std::array<std::uint64_t, 4>& keys, std::uint64_t facts);

struct Description {
  IndexInfo info;
  std::vector<std::string> canais;
  Layout layout;
};
std::string to_text(const Description& description);
std::optional<Description> description_in(std::string_view text);

/// The file as it is asked. What a block holds is compared with its checksum when it is first read.
class MappedIndex final : public Index {
 public:
  /// An error names what is wrong with the file: data (not an index, cut, damaged, of another
  /// secret or format), missing, machine.
  static Result<std::shared_ptr<const MappedIndex>> open(const std::filesystem::path& file,
                                                         const HashSecret& secret);
  ~MappedIndex() override;

  const IndexInfo& info() const override { return description_.info; }
  bool damaged() const override { return damaged_.load(std::memory_order_relaxed); }

  const HashSecret& secret() const { return secret_; }
  const std::vector<std::string>& canais() const { return description_.canais; }
  const Layout& layout() const { return description_.layout; }
  const std::vector<Fact>& facts() const { return facts_; }

  /// `count` values of an array from `from` on; null when a block they are in is damaged, or the
  /// array does not go that far (which only damage can make anybody ask).
  template <class T>
  const T* values(const Place& place, std::uint64_t from, std::uint64_t count = 1) const {
    if (from > place.count || count > place.count - from) return mark_damaged<T>();
    const auto begin = place.at + from * sizeof(T);
    if (!whole(begin, begin + count * sizeof(T))) return mark_damaged<T>();
    return reinterpret_cast<const T*>(sections_ + begin);
  }
  /// The same bytes asked for ahead, unread.
  void prefetch(const Place& place, std::uint64_t from, std::size_t size) const {
    if (from < place.count) __builtin_prefetch(sections_ + place.at + from * size);
  }

 private:
  MappedIndex() = default;
  Status read(const HashSecret& secret);
  template <class T>
  const T* mark_damaged() const {
    damaged_.store(true, std::memory_order_relaxed);
    return nullptr;
  }
  bool whole(std::uint64_t begin, std::uint64_t end) const {
    if (begin == end) return true;
    for (auto block = begin / kBlockBytes; block <= (end - 1) / kBlockBytes; ++block)
      if (!checked_[block].load(std::memory_order_relaxed) && !check_block(block)) return false;
    return true;
  }
  bool check_block(std::uint64_t block) const;

  std::filesystem::path file_;
  HashSecret secret_{};
  const char* bytes_ = nullptr;
  std::size_t size_ = 0;
  const char* sections_ = nullptr;
  std::vector<std::uint64_t> sums_;
  std::unique_ptr<std::atomic<bool>[]> checked_;
  mutable std::atomic<bool> damaged_{false};
  Description description_;
  std::vector<Fact> facts_;
};

}  // namespace quarentena
