#pragma once

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sources/format/row_reader.h"

/// Files as they are delivered, and what a reader makes of them, in a form that tests can compare.
namespace quarentena::testing {

/// A folder of its own for each test process, gone afterwards.
class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() /
              ("quarentena-format-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path_ / name;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string deflated(const std::string& text, int wrapper) {
  std::string packed(text.size() + text.size() / 8 + 1024, '\0');
  isal_zstream stream;
  isal_deflate_stateless_init(&stream);
  stream.gzip_flag = static_cast<std::uint16_t>(wrapper);
  stream.end_of_stream = 1;
  stream.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<std::uint32_t>(text.size());
  stream.next_out = reinterpret_cast<std::uint8_t*>(packed.data());
  stream.avail_out = static_cast<std::uint32_t>(packed.size());
  isal_deflate_stateless(&stream);
  packed.resize(stream.total_out);
  return packed;
}

inline std::string gzip(const std::string& text) { return deflated(text, IGZIP_GZIP); }

inline std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text.push_back(static_cast<char>(value >> (8 * i) & 0xff));
  return text;
}

struct ZipMember {
  std::string name;
  std::string text;
  bool stored = false;
};

inline std::string zip(const std::vector<ZipMember>& members) {
  std::string archive;
  std::string directory;
  for (const ZipMember& member : members) {
    const std::string packed = member.stored ? member.text : deflated(member.text, IGZIP_DEFLATE);
    const auto crc = crc32_gzip_refl(0, reinterpret_cast<const unsigned char*>(member.text.data()),
                                     member.text.size());
    const std::string about = little_endian(member.stored ? 0 : 8, 2) + little_endian(0, 4) +
                              little_endian(crc, 4) + little_endian(packed.size(), 4) +
                              little_endian(member.text.size(), 4) +
                              little_endian(member.name.size(), 2) + little_endian(0, 2);
    directory += "PK\x01\x02" + little_endian(20, 2) + little_endian(20, 2) + little_endian(0, 2) +
                 about + little_endian(0, 8) + little_endian(0, 2) +
                 little_endian(archive.size(), 4) + member.name;
    archive +=
        "PK\x03\x04" + little_endian(20, 2) + little_endian(0, 2) + about + member.name + packed;
  }
  const std::string end = "PK\x05\x06" + little_endian(0, 4) + little_endian(members.size(), 2) +
                          little_endian(members.size(), 2) + little_endian(directory.size(), 4) +
                          little_endian(archive.size(), 4) + little_endian(0, 2);
  return archive + directory + end;
}

using Row = std::vector<std::optional<std::string>>;

struct Reading {
  std::vector<Row> rows;
  std::vector<std::int64_t> places;
  std::vector<Malformed> malformed;
  std::vector<std::string> never_seen;
  std::optional<Error> error;  ///< in opening or in reading

  std::string what() const { return error ? error->what : "no error"; }
  std::string hint() const { return error ? error->hint : "no error"; }
};

inline Reading read_all(const std::filesystem::path& file, const Format& format,
                        const std::vector<std::string>& columns, const Needle& needle = {}) {
  Reading reading;
  auto reader = open_rows(file, {format, columns, needle});
  if (!reader) {
    reading.error = reader.error();
    return reading;
  }
  RowBatch batch;
  for (;;) {
    if (auto status = (*reader)->next(batch); !status) {
      reading.error = status.error();
      return reading;
    }
    if (batch.size == 0 && batch.malformed.empty()) break;
    for (std::size_t i = 0; i < batch.size; ++i) {
      Row row;
      for (const auto& column : batch.columns) {
        row.push_back(column[i].data() == nullptr
                          ? std::nullopt
                          : std::optional<std::string>(std::string(column[i])));
      }
      reading.rows.push_back(std::move(row));
      reading.places.push_back(batch.rows[i]);
    }
    for (auto& bad : batch.malformed) reading.malformed.push_back(bad);
  }
  reading.never_seen = (*reader)->never_seen();
  return reading;
}

}  // namespace quarentena::testing
