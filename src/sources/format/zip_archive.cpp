#include "sources/format/zip_archive.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <cstring>
#include <optional>

// Layout: PKWARE APPNOTE.TXT 6.3.9, sections 4.3.7 (local header), 4.3.12 (central directory),
// 4.3.14-4.3.16 (end records), 4.5.3 (zip64 extra field).
namespace quarentena {
namespace {

constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kLongestComment = 65535;
constexpr std::size_t kLocatorBytes = 20;
constexpr std::size_t kZip64EndBytes = 56;
constexpr std::size_t kCentralBytes = 46;
constexpr std::size_t kLocalBytes = 30;
constexpr std::uint64_t kLargestDirectory = std::uint64_t{64} << 20;
constexpr std::uint32_t kMax32 = 0xffffffff;

/// Little-endian fields of a byte string; reading past its end gives zeros.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t number(std::size_t offset, std::size_t size) const {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size && offset + i < bytes_.size(); ++i) {
      value |= std::uint64_t{static_cast<unsigned char>(bytes_[offset + i])} << (8 * i);
    }
    return value;
  }
  std::uint16_t u16(std::size_t offset) const {
    return static_cast<std::uint16_t>(number(offset, 2));
  }
  std::uint32_t u32(std::size_t offset) const {
    return static_cast<std::uint32_t>(number(offset, 4));
  }
  std::uint64_t u64(std::size_t offset) const { return number(offset, 8); }

 private:
  std::string_view bytes_;
};

struct Directory {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t count = 0;
};

tl::unexpected<Error> damaged(const File& file, std::string_view what) {
  return fail(Defect::truncated, fmt::format("{}: {}", file.name(), what),
              "the archive was cut off or changed on the way: fetch or send the file again");
}

Result<std::string> bytes_at(const File& file, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  TRY_ASSIGN(const std::size_t got, file.read_at(offset, bytes.data(), size));
  bytes.resize(got);
  return bytes;
}

Result<Directory> find_directory(const File& file) {
  const std::size_t tail =
      static_cast<std::size_t>(std::min<std::uint64_t>(file.size(), kEndBytes + kLongestComment));
  const std::uint64_t tail_offset = file.size() - tail;
  TRY_ASSIGN(const std::string bytes, bytes_at(file, tail_offset, tail));
  const std::size_t at = bytes.rfind("PK\x05\x06");
  if (at == std::string::npos || bytes.size() - at < kEndBytes) {
    return damaged(file, "the zip archive has no central directory, so it is cut off");
  }
  const Fields end(std::string_view(bytes).substr(at));
  Directory directory{end.u32(16), end.u32(12), end.u16(10)};
  const std::uint64_t end_offset = tail_offset + at;
  if (end_offset < kLocatorBytes) return directory;
  TRY_ASSIGN(const std::string locator, bytes_at(file, end_offset - kLocatorBytes, kLocatorBytes));
  if (locator.size() < kLocatorBytes || locator.compare(0, 4, "PK\x06\x07") != 0) return directory;
  TRY_ASSIGN(const std::string end64, bytes_at(file, Fields(locator).u64(8), kZip64EndBytes));
  if (end64.size() < kZip64EndBytes || end64.compare(0, 4, "PK\x06\x06") != 0) {
    return damaged(file, "the zip64 end record is missing");
  }
  const Fields wide(end64);
  return Directory{wide.u64(48), wide.u64(40), wide.u64(32)};
}

/// The zip64 extra field holds, in this order, just those values whose place says 0xffffffff.
void widen(ZipEntry& entry, std::string_view extra) {
  while (extra.size() >= 4) {
    const Fields field(extra);
    const std::size_t size = std::min<std::size_t>(field.u16(2), extra.size() - 4);
    if (field.u16(0) == 1) {
      const Fields values(extra.substr(4, size));
      std::size_t at = 0;
      for (std::uint64_t* value :
           {&entry.promised.size, &entry.packed_size, &entry.header_offset}) {
        if (*value != kMax32 || at + 8 > size) continue;
        *value = values.u64(at);
        at += 8;
      }
    }
    extra.remove_prefix(4 + size);
  }
}

}  // namespace

Result<ZipArchive> ZipArchive::open(std::shared_ptr<File> file) {
  TRY_ASSIGN(const Directory directory, find_directory(*file));
  if (directory.size > kLargestDirectory || directory.offset > file->size() ||
      directory.size > file->size() - directory.offset) {
    return damaged(*file, "the zip archive's central directory lies outside the file");
  }
  TRY_ASSIGN(const std::string bytes,
             bytes_at(*file, directory.offset, static_cast<std::size_t>(directory.size)));
  ZipArchive archive(std::move(file));
  std::string_view rest = bytes;
  for (std::uint64_t i = 0; i < directory.count; ++i) {
    const Fields header(rest);
    const std::size_t name = header.u16(28);
    const std::size_t extra = header.u16(30);
    const std::size_t whole = kCentralBytes + name + extra + header.u16(32);
    if (rest.size() < whole || rest.compare(0, 4, "PK\x01\x02") != 0) {
      return damaged(*archive.file_, "the zip archive's central directory is damaged");
    }
    ZipEntry entry;
    entry.name = rest.substr(kCentralBytes, name);
    entry.method = header.u16(10);
    entry.encrypted = (header.u16(8) & 1) != 0;
    entry.promised = {header.u32(24), header.u32(16)};
    entry.packed_size = header.u32(20);
    entry.header_offset = header.u32(42);
    widen(entry, rest.substr(kCentralBytes + name, extra));
    std::replace(entry.name.begin(), entry.name.end(), '\\', '/');
    archive.entries_.push_back(std::move(entry));
    rest.remove_prefix(whole);
  }
  return archive;
}

const ZipEntry* ZipArchive::find(std::string_view name) const {
  const ZipEntry* loose = nullptr;
  for (const ZipEntry& entry : entries_) {
    if (entry.name == name) return &entry;
    if (entry.name.size() == name.size() &&
        ::strncasecmp(entry.name.data(), name.data(), name.size()) == 0) {
      loose = &entry;
    }
  }
  return loose;
}

Result<std::unique_ptr<ByteSource>> ZipArchive::read(const ZipEntry& entry,
                                                     const InflateLimits& limits) const {
  std::string name = fmt::format("{} ({})", file_->name(), entry.name);
  if (entry.encrypted) {
    return fail(ErrorKind::data, fmt::format("{}: is protected by a password", name),
                "deliver the file without a password");
  }
  if (entry.method != 0 && entry.method != 8) {
    return fail(ErrorKind::data,
                fmt::format("{}: uses zip compression method {}", name, entry.method),
                "only deflate and no compression are read: pack the file again");
  }
  TRY_ASSIGN(const std::string local, bytes_at(*file_, entry.header_offset, kLocalBytes));
  if (local.size() < kLocalBytes || local.compare(0, 4, "PK\x03\x04") != 0) {
    return damaged(*file_,
                   fmt::format("no zip header for {} at byte {}", entry.name, entry.header_offset));
  }
  const Fields header(local);
  const std::uint64_t begin = entry.header_offset + kLocalBytes + header.u16(26) + header.u16(28);
  if (begin > file_->size() || entry.packed_size > file_->size() - begin) {
    return damaged(*file_, fmt::format("{} reaches beyond the end of the file", entry.name));
  }
  auto packed = std::make_unique<FileRange>(file_, begin, begin + entry.packed_size);
  if (entry.method == 0) return check_stored(std::move(packed), std::move(name), entry.promised);
  return inflate_deflate(std::move(packed), std::move(name), entry.promised, limits);
}

}  // namespace quarentena
