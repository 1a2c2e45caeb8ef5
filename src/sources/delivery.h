#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/date.h"
#include "base/error.h"
#include "config/plan.h"
#include "table/table.h"

/// Transports: where the bytes come from. A transport finds what a source delivers for a day and
/// brings it within reach as files; it does not read them.
namespace quarentena {

struct DeliveredFile {
  std::filesystem::path path;
  std::int64_t size_bytes = 0;
  std::int64_t modified_ms = 0;
  std::string sha256;  ///< hex, of the bytes as delivered; empty for a Delta table's files
};

/// What one source delivers for one day.
struct Delivery {
  /// In path order; never empty unless it is a Delta table. Of that, when there are any: its rows
  /// as Parquet, to be read in its stead.
  std::vector<DeliveredFile> files;
  std::filesystem::path
      root;  ///< the folder hive partitions are relative to; empty for single files
  std::optional<Snapshot> delta;  ///< set for format delta
  std::int64_t size_bytes = 0;
  std::string digest;  ///< hex SHA-256 over the contents, not over names or times
  /// Held while the files are read: keeps another process from replacing what a transport brought.
  std::shared_ptr<const void> lease;

  /// A Delta table whose files alone do not tell its rows, or that is elsewhere: once it is gone,
  /// only a copy of its rows can be read again.
  bool only_table_has_rows() const;

  /// When it last changed where it comes from: the newest file, or the Delta table's version.
  std::int64_t modified_ms() const;
};

/// What a transport is told beside the source.
struct FetchContext {
  Date data_carga;
  std::string timezone;
  /// `<staging>/inbox/<source>`: a folder of this source's own where a transport keeps what it
  /// brought from afar, also between runs (an unchanged file is not brought again). Made when
  /// needed.
  std::filesystem::path inbox;
  const std::atomic<bool>* stop = nullptr;  ///< set: give up with ErrorKind::machine; may be null
};

/// Finds what `source` delivers for `data_carga`, and brings it here if it is elsewhere: expands
/// dates (`{data_carga:%Y%m%d}`) and patterns
/// (`*`, `?`, `**`), lists folders (files whose names begin with `_` or `.` are skipped, as Spark
/// does), and digests every file. May be called from several threads for different sources.
/// Errors: missing (nothing is there: names the location), auth (no permission, wrong credentials),
/// transient (after the transport's own retries), data (empty file), config (a scheme that this
/// version does not fetch). A failed fetch leaves no half file where a later one would take it for
/// whole.
Result<Delivery> fetch(const Source& source, const FetchContext& context);

/// `location` with its dates filled in.
Result<std::string> location_on(const std::string& location, Date data_carga);

}  // namespace quarentena
