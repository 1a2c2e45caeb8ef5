#include "sources/format/file_kind.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "sources/format/inflate.h"
#include "sources/format/zip_archive.h"

namespace quarentena {
namespace {

constexpr std::size_t kSniffBytes = 512;

struct Magic {
  FileKind kind;
  std::string_view bytes;
};

constexpr std::array<Magic, 11> kMagics = {{
    {FileKind::gzip, "\x1f\x8b"},
    {FileKind::zip, "PK\x03\x04"},
    {FileKind::zip, "PK\x05\x06"},
    {FileKind::ole, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"},
    {FileKind::parquet, "PAR1"},
    {FileKind::pdf, "%PDF-"},
    {FileKind::zstd, "\x28\xb5\x2f\xfd"},
    {FileKind::bzip2, "BZh"},
    {FileKind::xz,
     "\xfd"
     "7zXZ"},
    {FileKind::seven_zip, "7z\xbc\xaf\x27\x1c"},
    {FileKind::rar, "Rar!\x1a\x07"},
}};

/// A login or an error page saved under the file's name.
bool is_html(std::string_view bytes) {
  const std::size_t at = bytes.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (at == std::string_view::npos) return false;
  const std::string_view rest = bytes.substr(at);
  for (const std::string_view tag : {"<!doctype html", "<html"}) {
    if (rest.size() >= tag.size() && ::strncasecmp(rest.data(), tag.data(), tag.size()) == 0) {
      return true;
    }
  }
  return false;
}

tl::unexpected<Error> wrong_kind(const std::string& name, FileKind kind, std::string_view format) {
  if (kind == FileKind::empty) {
    return fail(Defect::empty, fmt::format("{}: the file is empty", name),
                "ask for the delivery again");
  }
  return fail(ErrorKind::data, fmt::format("{}: this is {}, not {}", name, describe(kind), format),
              "set `format` to what is delivered, or deliver what `format` says");
}

/// Folders and the notes macOS leaves in its archives are not deliveries.
bool is_delivery(const ZipEntry& entry) {
  return !entry.name.empty() && entry.name.back() != '/' &&
         entry.name.compare(0, 9, "__MACOSX/") != 0;
}

tl::unexpected<Error> not_one_member(const ZipArchive& archive,
                                     const std::vector<const ZipEntry*>& members) {
  std::string names;
  for (std::size_t i = 0; i < std::min<std::size_t>(members.size(), 5); ++i) {
    names += (i == 0 ? "" : ", ") + members[i]->name;
  }
  return fail(ErrorKind::data,
              fmt::format("{}: the zip archive holds {} files{}{}, one is expected",
                          archive.file_name(), members.size(), names.empty() ? "" : ": ", names),
              "deliver one file per archive, or unpack them and use a pattern in `location`");
}

Result<std::unique_ptr<ByteSource>> open_zipped(std::shared_ptr<File> file,
                                                std::string_view format) {
  TRY_ASSIGN(const ZipArchive archive, ZipArchive::open(file));
  if (archive.find("[Content_Types].xml") != nullptr) {
    return fail(ErrorKind::data,
                fmt::format("{}: this is an Office document such as an Excel workbook, not {}",
                            file->name(), format),
                "set `format: xlsx` if it is a workbook");
  }
  std::vector<const ZipEntry*> members;
  for (const ZipEntry& entry : archive.entries()) {
    if (is_delivery(entry)) members.push_back(&entry);
  }
  if (members.size() != 1) return not_one_member(archive, members);
  return archive.read(*members[0]);
}

}  // namespace

FileKind kind_of(std::string_view first_bytes) {
  if (first_bytes.empty()) return FileKind::empty;
  for (const Magic& magic : kMagics) {
    if (first_bytes.compare(0, magic.bytes.size(), magic.bytes) == 0) return magic.kind;
  }
  return is_html(first_bytes) ? FileKind::html : FileKind::text;
}

const char* describe(FileKind kind) {
  switch (kind) {
    case FileKind::text:
      return "plain text";
    case FileKind::empty:
      return "an empty file";
    case FileKind::gzip:
      return "a gzip file";
    case FileKind::zip:
      return "a zip archive";
    case FileKind::ole:
      return "an old Office document (xls) or one with a password";
    case FileKind::parquet:
      return "a Parquet file";
    case FileKind::pdf:
      return "a PDF document";
    case FileKind::html:
      return "a web page (a login or an error page, perhaps)";
    case FileKind::zstd:
      return "a zstd file";
    case FileKind::bzip2:
      return "a bzip2 file";
    case FileKind::xz:
      return "an xz file";
    case FileKind::seven_zip:
      return "a 7-Zip archive";
    case FileKind::rar:
      return "a RAR archive";
  }
  return "something else";
}

Result<std::string> first_bytes(const File& file, std::size_t size) {
  std::string bytes(size, '\0');
  TRY_ASSIGN(const std::size_t got, file.read_at(0, bytes.data(), size));
  bytes.resize(got);
  return bytes;
}

Result<std::unique_ptr<ByteSource>> open_text(const std::filesystem::path& path,
                                              std::string_view format) {
  TRY_ASSIGN(const std::shared_ptr<File> file, File::open(path));
  TRY_ASSIGN(const std::string head, first_bytes(*file, kSniffBytes));
  const FileKind kind = kind_of(head);
  if (kind == FileKind::zip) return open_zipped(file, format);
  auto whole = std::make_unique<FileRange>(file, 0, file->size());
  if (kind == FileKind::gzip) return inflate_gzip(std::move(whole), file->name());
  if (kind != FileKind::text) return wrong_kind(file->name(), kind, format);
  return whole;
}

}  // namespace quarentena
