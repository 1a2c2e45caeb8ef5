#include "engine/spark/rows_in_table.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/files.h"
#include "base/parallel.h"
#include "base/slashes.h"
#include "engine/duckdb/parquet_file.h"
#include "store/read_range.h"

namespace quarentena::spark {
namespace fs = std::filesystem;
namespace {

/// Most footers are shorter; a longer one costs a second request.
constexpr std::int64_t kLikelyFooter = std::int64_t{64} * 1024;
/// A Parquet file ends with the footer's length, four bytes, the lowest first, and "PAR1".
constexpr std::int64_t kTrailer = 8;

std::string table_path(const TableAt& table) {
  return without_slash(split_store_path(table.location).path);
}

std::int64_t footer_length(std::string_view trailer) {
  std::int64_t length = 0;
  for (int i = 3; i >= 0; --i)
    length = length * 256 + static_cast<unsigned char>(trailer[static_cast<std::size_t>(i)]);
  return length;
}

Result<std::string> end_of(const ObjectStore& store, const StoredObject& object, StopFlag stop) {
  const auto last = [&](std::int64_t bytes) {
    return read_range(store, object.path, {object.size_bytes - bytes, bytes}, stop);
  };
  const auto likely = std::min(kLikelyFooter, object.size_bytes);
  TRY_ASSIGN(auto bytes, last(likely));
  const bool is_parquet = likely >= kTrailer && bytes.ends_with("PAR1");
  if (!is_parquet || std::ssize(bytes) != likely)
    return fail(ErrorKind::data, fmt::format("{} is no Parquet file", store.name_of(object.path)));
  const auto wanted =
      kTrailer + footer_length(std::string_view(bytes).substr(bytes.size() - kTrailer));
  if (wanted <= likely || wanted > object.size_bytes) return bytes;
  return last(wanted);
}

/// A file as long as the object, of which only the end takes space: whoever reads a footer reads no
/// more than that.
Status write_end(const fs::path& file, std::int64_t size_bytes, const std::string& end) {
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return tl::unexpected<Error>(disk_error(file, "create", errno));
  const auto begin = size_bytes - std::ssize(end);
  const bool written = ftruncate(fd, size_bytes) == 0 &&
                       pwrite(fd, end.data(), end.size(), begin) == std::ssize(end);
  const int code = errno;
  close(fd);
  if (!written) return tl::unexpected<Error>(disk_error(file, "write", code));
  return {};
}

}  // namespace

Result<std::vector<NewFile>> rows_in_table(duck::Connection& connection, const RowsInTable& rows) {
  const auto folder = table_path(rows.table) + "/" + rows.folder + "/";
  const auto& store = *rows.table.store;
  TRY_ASSIGN(auto objects, store.list(folder, rows.stop));
  std::erase_if(objects, [&](const auto& object) {
    const auto name = object.path.substr(folder.size());
    return name.find('/') != std::string::npos || !name.ends_with(".parquet");
  });
  std::error_code error;
  fs::create_directories(rows.scratch, error);
  if (error) return tl::unexpected<Error>(disk_error(rows.scratch, "create", error.value()));
  TRY_STATUS(combined(in_parallel(objects.size(), rows.threads, [&](std::size_t i) -> Status {
    const auto& object = objects[i];
    TRY_ASSIGN(const auto end, end_of(store, object, rows.stop));
    return write_end(rows.scratch / object.path.substr(folder.size()), object.size_bytes, end);
  })));
  return duck::written_elsewhere(connection, rows.scratch);
}

}  // namespace quarentena::spark
