#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sources/delivery.h"

namespace quarentena {

/// A file somewhere else, as its server tells of it.
struct RemoteFile {
  /// What the listing began at, without secrets or queries: "sftp://host:22/Export/". It is stable
  /// from day to day, and names the folder (`Delivery::root`).
  std::string origin;
  std::string relative;  ///< below it: "mkt_20240528.csv", "data_carga=2024-05-28/part-0.parquet"
  std::string etag;      ///< or any other version the server gives; empty when it gives none
  std::optional<std::int64_t> size_bytes;
  std::int64_t modified_ms = 0;  ///< 0: not told
};

/// The folder of one source where remote transports keep what they bring:
///   <inbox>/<12 hex of the origin>/<relative>            the file, whole
///   <inbox>/<12 hex of the origin>/.meta/<hex>.json      its RemoteFile and when it was delivered
///   <inbox>/<12 hex of the origin>/.meta/<hex>.part      a transfer under way, or cut
/// Use: open -> for each remote file: kept() or fetch to part() and publish() -> delivery().
/// One per find(); not thread-safe, but part() of different files may be written in parallel.
class Inbox {
 public:
  /// Makes the folder (private: 0700) and locks it against other processes until this object and
  /// every Delivery it made are gone, so that nobody replaces a file that is still being read.
  /// Waits for another run for up to ten minutes. Errors: machine (disk, permission, stopped),
  /// transient.
  static Result<Inbox> open(const FetchContext& context, const std::string& source);

  /// The file as it was published before, when nothing says that it changed: the same ETag, or
  /// without one the same size and modification time (both told), and its bytes here are whole.
  Result<std::optional<DeliveredFile>> kept(const RemoteFile& file) const;
  /// What is known of an earlier delivery of it, for If-None-Match; its bytes here are whole.
  Result<std::optional<RemoteFile>> known(const RemoteFile& file) const;

  /// Where to write; its folder exists. May hold the beginning of an earlier transfer.
  /// Errors: data (a name that would leave the folder or that no file can have), machine.
  Result<std::filesystem::path> part(const RemoteFile& file);

  /// Makes the part, whole and checked by the caller, the file: its size is compared with
  /// `file.size_bytes`, it is synced and renamed, then its metadata is written. An empty file is
  /// ErrorKind::data. `sha256` is that of the part, if its transport knows it. Errors: data,
  /// machine (disk full).
  Result<DeliveredFile> publish(const RemoteFile& file, std::string sha256 = {});
  /// The kept file is the delivery: it stays (its age counts from now).
  Result<DeliveredFile> reuse(const RemoteFile& file);
  /// Throws the part away (its bytes are of no use).
  void discard(const RemoteFile& file);

  struct Layout {
    bool folder = false;  ///< the location is a folder: root is set, for hive partitions
    std::string origin;
  };
  /// The files in path order as a Delivery, which holds the lock. Files of this source that are not
  /// in it and were last delivered more than `keep_days` ago are removed.
  Result<Delivery> delivery(std::vector<DeliveredFile> files, const Layout& layout,
                            int keep_days = 7);

  /// The folder of an origin.
  std::filesystem::path root(const std::string& origin) const;

 private:
  struct Lock;
  Inbox(std::filesystem::path folder, std::string source, std::shared_ptr<Lock> lock);
  std::filesystem::path meta(const RemoteFile& file, const char* ending) const;
  std::filesystem::path folder_;
  std::string source_;
  std::shared_ptr<Lock> lock_;
};

}  // namespace quarentena
