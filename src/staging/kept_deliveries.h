#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/date.h"
#include "base/error.h"
#include "sources/delivery.h"
#include "store/remote_folder.h"

/// Deliveries as they came, kept so that a day can be computed again: to carry a source forward, to
/// explain an answer, to fill a day later.
namespace quarentena {

/// What a manifest says of one delivery.
struct Manifest {
  std::string id;  ///< 16 hex: its folder's name
  std::string source;
  std::string origin;  ///< the location it came from, dates filled in, without credentials
  std::string digest;  ///< Delivery::digest
  std::int64_t size_bytes = 0;
  std::int64_t fetched_ms = 0;  ///< when it first came
  Date data_carga;              ///< the day it first came for
  std::string run_id;           ///< the run that brought it
  struct File {
    std::string name;  ///< relative, as the origin has it
    std::int64_t size_bytes = 0;
    std::int64_t modified_ms = 0;
    std::string sha256;
  };
  std::vector<File> files;                    ///< of a Delta table: see delta_columns
  bool folder = false;                        ///< Delivery::root was set: names hold hive folders
  std::optional<std::int64_t> delta_version;  ///< of a Delta table: read again at that version
  /// Of a Delta table: the columns that `files` have. They are its data files when it is on this
  /// machine, plain Parquet and without partitions, else a copy of its rows; the table itself is
  /// not needed any more. Empty: only the version is known.
  std::vector<DeltaColumn> delta_columns;
  /// reading_of() the source when it was kept or last accepted; empty: an older manifest.
  std::string reading;
};

/// `<staging>/deliveries/<source>/<id>/manifest.json` beside `files/<name>`. The id is of the
/// contents (and of the folders' names where they hold values), so the same delivery again takes no
/// space. Whole or not at all: a folder is renamed into place. Safe from several threads and
/// processes.
class KeptDeliveries {
 public:
  /// With `remote` what is kept here is put there too, and what is not here is brought back from
  /// there.
  explicit KeptDeliveries(std::filesystem::path staging,
                          std::shared_ptr<const RemoteFolder> remote = nullptr);

  /// Of a delivery of which rows are kept (Delivery::only_table_has_rows), also by which columns.
  static std::string id_of(const Source& source, const Delivery& delivery);

  struct Circumstances {
    std::string origin;
    Date data_carga;
    std::string run_id;
    std::filesystem::path inbox;  ///< FetchContext::inbox
  };
  /// Keeps it; nothing to do when it is kept already. A file of the inbox, which is never changed
  /// in place, is linked; any other is cloned where the file system can, else copied, and compared
  /// with the delivery. Of a Delta table its files or the copy of its rows, which
  /// is linked, else its version alone (see Manifest::delta_columns). Errors:
  /// machine (disk full, permission), data (a file changed since it was fetched).
  Result<std::string> keep(const Source& source, const Delivery& delivery,
                           const Circumstances& circumstances) const;

  /// nullopt: not kept (any more).
  Result<std::optional<Manifest>> manifest(const std::string& source, const std::string& id) const;
  /// All of a source, oldest first. A folder that cannot be read is skipped.
  std::vector<Manifest> manifests(const std::string& source) const;

  /// The delivery again, as fetch() gave it: files in the same order, root, digest. A Delta table
  /// is opened at its version. Errors: missing (not kept any more, or vacuumed), data (a file's
  /// size is not the manifest's), those of fetch().
  Result<Delivery> open(const Source& source, const std::string& id,
                        const FetchContext& context) const;

  /// Writes down that the kept delivery was accepted as the source reads it now. Errors: machine,
  /// those of the remote folder.
  Status accepted(const Source& source, const std::string& id) const;
  /// The source as it was read when that delivery was kept or last accepted; nullopt: no otherwise
  /// than now, or nobody wrote it down.
  std::optional<Source> source_then(const Source& source, const std::string& id) const;

  /// Removes the source's deliveries that are not in `in_use`, last came more than `keep_days` ago
  /// and are not being read, and what killed processes left. Never fails a run: what cannot be
  /// removed stays.
  void prune(const std::string& source, const std::set<std::string>& in_use, int keep_days) const;

 private:
  std::filesystem::path folder(const std::string& source, const std::string& id) const;
  Result<std::string> keep_here(const Source& source, const Delivery& delivery,
                                const Circumstances& circumstances) const;
  /// Its files, then its manifest, which stands for the rest; nothing when it was put there before.
  Status put_there(const std::string& source, const std::string& id) const;
  void remove_there(const std::string& source, const std::string& id) const;
  Status bring_back(const std::string& source, const std::string& id) const;
  Result<std::optional<Manifest>> manifest_here(const std::string& source,
                                                const std::string& id) const;
  std::filesystem::path root_;
  std::shared_ptr<const RemoteFolder> remote_;
};

}  // namespace quarentena
