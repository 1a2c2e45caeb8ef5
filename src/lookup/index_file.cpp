#include "lookup/index_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <isa-l/crc64.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/files.h"

namespace quarentena {
namespace {

std::uint64_t aligned(std::uint64_t at, std::uint64_t to) { return (at + to - 1) / to * to; }

Place next(Layout& layout, std::uint64_t count, std::size_t size) {
  const Place place{layout.bytes, count};
  layout.bytes = aligned(layout.bytes + count * size, 64);
  return place;
}

tl::unexpected<Error> unusable(const std::filesystem::path& file, const std::string& why) {
  return fail(ErrorKind::data, fmt::format("the index {} {}", file.filename().string(), why));
}

/// Arrays that stand where the file has them; everything else of a description is covered by its
/// checksum.
bool fits(const Place& place, std::size_t size, std::uint64_t bytes) {
  return place.at % 8 == 0 && place.at <= bytes && place.count <= (bytes - place.at) / size;
}

bool fits(const Layout& layout) {
  bool good =
      fits(layout.facts, sizeof(Fact), layout.bytes) && fits(layout.fact_of_row, 4, layout.bytes);
  for (const auto& place : layout.of_row) good &= fits(place, 4, layout.bytes);
  for (const auto& key : layout.keys)
    good &= key.bits >= 1 && key.bits < 32 && fits(key.directory, 4, layout.bytes) &&
            key.directory.count == (std::uint64_t{1} << key.bits) + 1 &&
            fits(key.hashes, 8, layout.bytes) && fits(key.rows, 4, layout.bytes);
  return good;
}

}  // namespace

std::uint64_t checksum(const void* bytes, std::size_t size) {
  return crc64_ecma_refl(0, static_cast<const unsigned char*>(bytes), size);
}

std::uint32_t directory_bits(std::uint64_t count) {
  std::uint32_t bits = 1;
  while (bits < 30 && (count >> bits) > 48) ++bits;
  return bits;
}

Layout lay_out(std::uint64_t rows, const std::array<std::uint64_t, 4>& keys, std::uint64_t facts) {
  Layout layout;
  layout.facts = next(layout, facts, sizeof(Fact));
  for (std::size_t kind = 0; kind < keys.size(); ++kind) {
    auto& key = layout.keys[kind];
    key.bits = directory_bits(keys[kind]);
    key.directory = next(layout, (std::uint64_t{1} << key.bits) + 1, 4);
    key.hashes = next(layout, keys[kind], 8);
    key.rows = next(layout, kind == 0 ? 0 : keys[kind], 4);
  }
  layout.fact_of_row = next(layout, rows, 4);
  for (auto& place : layout.of_row) place = next(layout, rows, 4);
  return layout;
}

Result<std::shared_ptr<const MappedIndex>> MappedIndex::open(const std::filesystem::path& file,
                                                             const HashSecret& secret) {
  std::shared_ptr<MappedIndex> index(new MappedIndex());
  index->file_ = file;
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return fail(ErrorKind::missing, "there is no index yet");
  if (fd < 0) return tl::unexpected<Error>(disk_error(file, "open", errno));
  struct stat status {};
  if (fstat(fd, &status) != 0 || status.st_size < static_cast<off_t>(sizeof(Preamble))) {
    close(fd);
    return unusable(file, "is cut");
  }
  index->size_ = static_cast<std::size_t>(status.st_size);
  void* mapped = mmap(nullptr, index->size_, PROT_READ, MAP_SHARED, fd, 0);
  const int failed = errno;
  close(fd);
  if (mapped == MAP_FAILED) return tl::unexpected<Error>(disk_error(file, "map", failed));
  index->bytes_ = static_cast<const char*>(mapped);
  TRY_STATUS(index->read(secret));
  return index;
}

MappedIndex::~MappedIndex() {
  if (bytes_ != nullptr) munmap(const_cast<char*>(bytes_), size_);
}

Status MappedIndex::read(const HashSecret& secret) {
  secret_ = secret;
  Preamble preamble;
  std::memcpy(&preamble, bytes_, sizeof(preamble));
  if (preamble.magic != Preamble().magic) return unusable(file_, "is another kind of file");
  if (preamble.preamble_sum != checksum(&preamble, offsetof(Preamble, preamble_sum)))
    return unusable(file_, "is damaged");
  if (preamble.format != kIndexFormat) return unusable(file_, "is of another version's format");
  if (preamble.secret != fingerprint(secret)) return unusable(file_, "was made under another key");
  if (preamble.file_bytes != size_) return unusable(file_, "is cut");
  const std::uint64_t head = preamble.description_bytes + preamble.blocks * sizeof(std::uint64_t);
  const bool inside = preamble.blocks <= size_ / kBlockBytes + 1 &&
                      sizeof(preamble) + head <= preamble.sections_at &&
                      preamble.sections_at <= size_;
  if (!inside || preamble.description_sum != checksum(bytes_ + sizeof(preamble), head))
    return unusable(file_, "is damaged");
  auto description = description_in({bytes_ + sizeof(preamble), preamble.description_bytes});
  const auto bytes = size_ - preamble.sections_at;
  if (!description || description->layout.bytes > bytes || !fits(description->layout) ||
      preamble.blocks != aligned(bytes, kBlockBytes) / kBlockBytes)
    return unusable(file_, "is damaged");
  description_ = std::move(*description);
  sections_ = bytes_ + preamble.sections_at;
  sums_.resize(preamble.blocks);
  std::memcpy(sums_.data(), bytes_ + sizeof(preamble) + preamble.description_bytes,
              sums_.size() * sizeof(std::uint64_t));
  checked_ = std::make_unique<std::atomic<bool>[]>(sums_.size());
  const auto& place = description_.layout.facts;
  const auto* facts = values<Fact>(place, 0, place.count);
  if (facts == nullptr) return unusable(file_, "is damaged");
  facts_.assign(facts, facts + place.count);
  for (const auto& fact : facts_)
    if (fact.canal >= canais().size()) return unusable(file_, "is damaged");
  return {};
}

bool MappedIndex::check_block(std::uint64_t block) const {
  const auto begin = block * kBlockBytes;
  const auto here = static_cast<std::uint64_t>(sections_ - bytes_);
  const auto size = std::min<std::uint64_t>(kBlockBytes, size_ - here - begin);
  const bool good = checksum(sections_ + begin, size) == sums_[block];
  checked_[block].store(good, std::memory_order_relaxed);
  if (good || damaged_.exchange(true)) return good;
  // Whoever opens it next finds none and makes it anew; one that took its place meanwhile is made
  // once more.
  ::unlink(file_.c_str());
  return good;
}

}  // namespace quarentena
