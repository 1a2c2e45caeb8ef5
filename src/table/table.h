#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/date.h"
#include "base/error.h"
#include "store/commit_catalog.h"
#include "store/object_store.h"

/// The Delta tables, ours to write and others' to read. All calls block; none is retried here.
namespace quarentena {

/// Where a table is: a folder of this machine, or a folder of an object store.
struct TableAt {
  std::string location;                          ///< absolute path, or a URL on `store`
  std::shared_ptr<const ObjectStore> store;      ///< null: this machine
  std::shared_ptr<const CommitCatalog> commits;  ///< null: the table's own log decides on them

  TableAt(std::string where, std::shared_ptr<const ObjectStore> on = nullptr,
          std::shared_ptr<const CommitCatalog> decided_by = nullptr)
      : location(std::move(where)), store(std::move(on)), commits(std::move(decided_by)) {}
  TableAt(const char* where) : location(where) {}
  TableAt(const std::filesystem::path& where) : location(where.string()) {}
};

/// One data file of a Delta table's snapshot.
struct DeltaFile {
  std::string path;  ///< absolute path or URI, decoded
  std::int64_t size_bytes = 0;
  std::int64_t rows = -1;                                       ///< -1: the log does not say
  std::map<std::string, std::optional<std::string>> partition;  ///< as text, NULL is nullopt
  /// nullopt: NULL, or no such partition column.
  std::optional<std::string> partition_value(const std::string& column) const {
    const auto found = partition.find(column);
    return found == partition.end() ? std::nullopt : found->second;
  }
  bool deletion_vector = false;  ///< some of its rows are deleted
};

struct DeltaColumn {
  std::string name;
  std::string type;  ///< Delta's name of it: "string", "date", "integer", ... or a JSON object
};

/// A Delta table at one version.
struct Snapshot {
  std::string location;  ///< this and the next two as in TableAt
  std::shared_ptr<const ObjectStore> store;
  std::shared_ptr<const CommitCatalog> commits;
  std::int64_t version = 0;
  std::int64_t timestamp_ms = 0;  ///< when that version was committed
  std::string table_id;
  std::vector<DeltaColumn> columns;
  std::vector<std::string> partition_columns;
  std::vector<DeltaFile> files;
  /// True when reading the files as plain Parquet, columns by name and absent ones NULL, plus each
  /// file's partition values, gives the table's rows: on this machine, no deletion vectors, no
  /// column mapping, no type widening. Otherwise rows must come through scan().
  bool plain_parquet = false;
  /// The columns alone would allow that: what keeps a file from being read so is where it is, or
  /// its deletion vector.
  bool plain_columns = false;
};

struct AsOf {
  std::optional<std::int64_t> version;
  std::optional<std::int64_t> timestamp_ms;
};

/// One Parquet file already written under the table's folder, not yet in its log.
struct NewFile {
  std::string path;  ///< relative to the table, URI-encoded
  std::map<std::string, std::optional<std::string>> partition;
  std::int64_t size_bytes = 0;
  std::int64_t modified_ms = 0;
  std::string stats_json;  ///< Delta's: numRecords, minValues, maxValues, nullCount
};

/// Replaces partitions of one data_carga in one commit.
struct ReplaceDay {
  enum class Others { remove, keep };  ///< the day's canais that `fingerprints` does not name
  Date data_carga;
  /// The canais to replace, also those without a file now, and what each was made from. Kept as
  /// transaction versions, one application a day and canal.
  std::map<std::string, std::int64_t> fingerprints;
  Others others = Others::remove;
  std::vector<NewFile> files;
  std::map<std::string, std::string> commit_info;  ///< run id, rows per canal, ...
};

struct Committed {
  std::int64_t version = 0;
};
/// Another writer committed first: nothing of ours is in the log. Read again and decide again.
struct Conflict {};

/// Creates quarentena_global if it is absent, then replaces the day. The remove list comes from a
/// fresh snapshot. Writes a checkpoint every 10 versions. Errors: config when the table there has
/// another schema, other partitions or writer features we must not write.
Result<std::variant<Committed, Conflict>> replace_day(const TableAt& at, const ReplaceDay& change);

/// What the table holds of a day.
struct Day {
  std::int64_t version = 0;      ///< of the table
  std::set<std::string> canais;  ///< with a data file
  std::map<std::string, std::int64_t>
      fingerprints;  ///< as the last ReplaceDay of each canal left them
};
/// Asks for the fingerprints of `canais`. nullopt: no table there.
Result<std::optional<Day>> read_day(const TableAt& at, Date data_carga,
                                    const std::vector<std::string>& canais);

/// Refuses a table we must not write (see replace_day); absent is fine.
Status check_writable(const TableAt& at);

/// Rows of a table that is not plain Parquet, as Arrow C data (deletion vectors applied, columns
/// mapped, partition values and widened types filled in). Release each with its own callback.
class DeltaScan {
 public:
  virtual ~DeltaScan() = default;
  /// `schema` and `array` point to Arrow C structs (ArrowSchema, ArrowArray). False at the end.
  virtual Result<bool> next(void* schema, void* array) = 0;
};
Result<std::unique_ptr<DeltaScan>> scan(const TableAt& at, const AsOf& as_of,
                                        const std::vector<std::string>& columns);

/// nullopt: no Delta table at that location (the folder is absent or holds no _delta_log).
/// Errors: missing when the version or timestamp asked for is not there.
Result<std::optional<Snapshot>> read_snapshot(const TableAt& at, const AsOf& as_of = {});

/// One commit of a table's log, as its commitInfo tells it.
struct Commit {
  std::int64_t version = 0;
  std::int64_t timestamp_ms = 0;
  std::string operation;  ///< "WRITE", "CREATE TABLE", ...; empty: the log does not say
  std::map<std::string, std::string>
      info;  ///< commitInfo's other fields; nested values as JSON text
};

/// The commits still in the log, newest first. nullopt: no Delta table there.
Result<std::optional<std::vector<Commit>>> history(const TableAt& at);

}  // namespace quarentena
