#include "sources/format/workbook_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "sources/format/file_kind.h"
#include "sources/format/native_workbook.h"
#include "sources/format/xlsx_reader.h"
#include "sources/format/xlsx_workbook.h"

namespace quarentena {
namespace {

/// How names are written inside an OLE file: UTF-16LE.
std::string wide(std::string_view ascii) {
  std::string text;
  for (const char c : ascii) {
    text.push_back(c);
    text.push_back('\0');
  }
  return text;
}

/// A workbook with a password is an OLE file whose one large stream is the encrypted package
/// ([MS-OFFCRYPTO] 2.3.4); an xls has a stream called Workbook or Book instead.
Result<bool> is_encrypted(const File& file) {
  constexpr std::size_t kBlock = std::size_t{1} << 20;
  const std::string package = wide("EncryptedPackage");
  std::string block(kBlock, '\0');
  for (std::uint64_t at = 0; at < file.size(); at += kBlock - package.size()) {
    TRY_ASSIGN(const std::size_t got, file.read_at(at, block.data(), kBlock));
    const std::string_view text(block.data(), got);
    if (text.find(wide("Workbook")) != std::string_view::npos) return false;
    if (text.find(package) != std::string_view::npos) return true;
    if (got < kBlock) break;
  }
  return false;
}

/// The archive of an xlsx, or nothing when the native reader has to look at the file.
Result<std::optional<ZipArchive>> xlsx_archive(const std::filesystem::path& path) {
  TRY_ASSIGN(const std::shared_ptr<File> file, File::open(path));
  TRY_ASSIGN(const std::string head, first_bytes(*file, 512));
  const FileKind kind = kind_of(head);
  if (kind == FileKind::zip) {
    TRY_ASSIGN(ZipArchive archive, ZipArchive::open(file));
    if (!looks_like_xlsx(archive)) return std::nullopt;
    return archive;
  }
  if (kind == FileKind::empty) {
    return fail(Defect::empty, fmt::format("{}: the file is empty", file->name()),
                "ask for the delivery again");
  }
  if (kind != FileKind::ole) {
    return fail(ErrorKind::data,
                fmt::format("{}: this is {}, not a workbook", file->name(), describe(kind)),
                "set `format` to what is delivered, or deliver a workbook");
  }
  TRY_ASSIGN(const bool encrypted, is_encrypted(*file));
  if (!encrypted) return std::nullopt;
  return fail(ErrorKind::data,
              fmt::format("{}: the workbook is protected by a password", file->name()),
              "deliver it without a password");
}

}  // namespace

Result<std::unique_ptr<RowReader>> open_workbook(const std::filesystem::path& file,
                                                 const XlsxOptions& options,
                                                 const std::vector<std::string>& columns,
                                                 const Needle& needle) {
  TRY_ASSIGN(auto archive, xlsx_archive(file));
  if (archive) return open_xlsx(std::move(*archive), options, columns, needle);
  return open_native_workbook(file, options, columns);
}

Result<std::vector<std::string>> columns_of_workbook(const std::filesystem::path& file,
                                                     const XlsxOptions& options) {
  TRY_ASSIGN(auto archive, xlsx_archive(file));
  if (archive) return columns_of_xlsx(std::move(*archive), options);
  return columns_of_native_workbook(file, options);
}

}  // namespace quarentena
