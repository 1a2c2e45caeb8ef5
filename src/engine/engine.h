#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/date.h"
#include "base/error.h"
#include "config/plan.h"
#include "engine/spark_at.h"
#include "rules/rules.h"
#include "sources/delivery.h"
#include "store/remote_folder.h"
#include "table/table.h"

/// What runs the rules: the embedded engine (duckdb/) or a Spark (spark/).
namespace quarentena {

/// Where every delivered row of a source went. DESIGN 3.4: the last six add up to `read`.
struct Account {
  std::int64_t read = 0;
  std::int64_t quarantined = 0;
  std::int64_t expired = 0;
  std::int64_t future = 0;
  std::int64_t filtered = 0;
  std::int64_t duplicate = 0;
  std::int64_t rejected = 0;
  bool balanced() const {
    return read == quarantined + expired + future + filtered + duplicate + rejected;
  }
  Account& operator+=(const Account& other);
};

/// How far a source has come; written by the engine, read by whoever draws the progress.
struct SourceProgress {
  std::atomic<std::int64_t> rows{0};
  std::atomic<std::int64_t> bytes{0};  ///< of Delivery::size_bytes
  std::atomic<bool> started{false};
  std::atomic<bool> done{false};
};

/// One input of a canal: a delivery of a source, and how it counts on the day. A source has several
/// when earlier deliveries are still in force (`keeps: events`) or its period changed (`from_now`).
struct SourceLoad {
  const Source* source = nullptr;
  const Delivery* delivery = nullptr;
  SourceProgress* progress = nullptr;
  Date as_of;          ///< the day the delivery was accepted for; see SourceRules
  Period period = {};  ///< source->period, unless it changed since
  SentBetween sent = {};
};

/// One canal's share of a day.
struct CanalLoad {
  std::string canal;
  std::vector<SourceLoad> sources;  ///< one or more inputs
  Date data_carga;
  std::string timezone;
  std::filesystem::path folder;  ///< an existing empty folder for what the load writes
  /// Where an engine that writes to the table's own store puts the rows: a new folder below the
  /// table, relative to it. Empty: into `folder`. Whoever gives it clears it of what is not
  /// committed.
  std::string in_table = {};
  /// ask() only: the question is about this client alone, so rows of others may be left out.
  std::string only_id_cliente = {};
  LoadDay day() const { return {canal, data_carga, timezone}; }
};

/// What the engine found out about one input.
struct InputLoaded {
  Account account;
  std::int64_t undated = 0;    ///< clients kept under until_removed without a date
  std::optional<Date> newest;  ///< latest data_envio of the rows that `where` keeps
  /// The delivery's columns and their types, as the engine names them; in json only those that are
  /// asked for. Types of text formats are all text.
  std::map<std::string, std::string> columns;
};

struct CanalLoaded {
  std::vector<InputLoaded> inputs;  ///< one per CanalLoad::sources, in that order
  std::vector<NewFile> files;       ///< `path` is relative to CanalLoad::folder, or to `in_table`
  std::string in_table = {};        ///< as CanalLoad::in_table, when the rows are there
  std::filesystem::path rejects;    ///< Parquet file in the folder; empty when there are none
  Account account() const;          ///< of all inputs
};

/// Who would leave a canal early: in quarantine on the table's day before, due to stay, and absent
/// from what this run loaded.
struct ReleaseCheck {
  /// From the deliveries and by the rules of the day before nobody leaves early.
  enum class Made { anew, from_the_same };
  Made made = Made::anew;
  std::string canal;
  Date data_carga;
  Date before;
  /// The canal's rows of `before`: plain Parquet files on this machine (none: nobody), or what
  /// `table`, when it is set, scans.
  std::vector<std::filesystem::path> files;
  std::shared_ptr<const Snapshot> table;
  std::vector<std::filesystem::path> now;  ///< the canal's rows of this run; none: nobody
  /// In place of `now`: CanalLoaded::in_table. Then `table` is set, and both are read by the engine
  /// that wrote them.
  std::string now_in_table = {};
};

struct ReleaseCount {
  std::int64_t due = 0;  ///< in quarantine the day before, and their period is not over
  std::int64_t releases = 0;
  std::int64_t before = 0;  ///< clients the day before
  std::int64_t stayed = 0;  ///< of them, those that this run has too
};

struct EarlyRelease {
  std::string id_cliente;
  std::optional<Date> data_envio, saida_prevista;  ///< as the day before had them
  /// The client's row of this run's deliveries, should there be one: which input it is of, what
  /// became of it ("filtered", "expired", ...), its date.
  std::optional<std::size_t> input;
  std::string status;
  std::optional<Date> sent_now;
};

class Engine {
 public:
  virtual ~Engine() = default;

  /// Reads the sources, applies the rules, writes the canal's data file and its rejects. Touches no
  /// table. May be called from several threads for different canals.
  /// Errors: data (a delivered file is not what the configuration says: names source, file, place),
  /// config (a mapping or `where` that does not fit the source's columns), machine (disk, memory),
  /// bug (the accounts do not balance).
  virtual Result<CanalLoaded> load(const CanalLoad& load) = 0;

  /// Copies the rows of a Delta table (Delivery::only_table_has_rows) into a new Parquet file; of
  /// its columns only those that the mapping and `where` read. Returns these, by their top-level
  /// names. From several threads; errors as load().
  virtual Result<std::vector<DeltaColumn>> copy_table(const SourceLoad& load,
                                                      const std::filesystem::path& file) = 0;

  /// The answer of `sql`, as text, over the load's delivered rows before they are grouped: the
  /// relation `rows` (judged_rows() tells its columns). Errors as load(); config when `sql` is
  /// wrong.
  virtual Result<std::vector<std::vector<std::optional<std::string>>>> ask(
      const CanalLoad& load, const std::string& sql) = 0;

  /// One join over 64-bit hashes of the ids: two clients of one hash, once in 10^12 or so, may hide
  /// a release. As load(), from several threads.
  virtual Result<ReleaseCount> count_early_releases(const ReleaseCheck& check) = 0;

  /// Calls `each` for every one of them, by id. Reads the deliveries of `load` again to tell what
  /// became of the clients in them.
  virtual Status list_early_releases(const ReleaseCheck& check, const CanalLoad& load,
                                     const std::function<void(const EarlyRelease&)>& each) = 0;

  /// Writes the answer of `sql`, as in ask(), to a new Parquet file.
  virtual Status write(const CanalLoad& load, const std::string& sql,
                       const std::filesystem::path& file) = 0;

  /// The SQL that load() would run, checked against the sources' columns and not run. Errors as
  /// load().
  virtual Result<std::string> query_of(const CanalLoad& load) = 0;

  /// Stops every load that is running, from any thread: they end with ErrorKind::machine.
  virtual void interrupt() = 0;
};

struct DuckDbOptions {
  /// Threads that work for any load, the calling one included; as every load() brings its own, n
  /// loads at once use threads + n - 1. At least 1.
  std::size_t threads = 1;
  std::filesystem::path spill_folder;  ///< for what does not fit in memory; created when needed
};
Result<std::unique_ptr<Engine>> open_duckdb_engine(const DuckDbOptions& options);

/// How files get to Spark and back.
struct SparkFiles {
  /// Every CanalLoad::folder is in it. Spark sees it at the same path, unless files pass `through`.
  std::filesystem::path folder;
  std::shared_ptr<const RemoteFolder> through = {};  ///< may be null
  std::string location = {};  ///< where that is: "s3://bucket/a", "/Volumes/c/s/v/a"
  std::string name = {};      ///< of a folder in it that nobody else uses
  /// The published table, on a store that Spark reads and writes: rows go to CanalLoad::in_table.
  std::optional<TableAt> table = {};
};

struct SparkEngineOptions {
  SparkAt at;
  SparkFiles files;
  std::size_t threads = 1;                  ///< for reading deliveries here, as DuckDbOptions
  std::filesystem::path spill_folder;       ///< of this machine alone
  const std::atomic<bool>* stop = nullptr;  ///< may be null
};
/// The rules on a Spark Connect server or a SQL warehouse. Deliveries of files are read here and
/// staged where Spark reads them, Delta tables are read by Spark; Spark writes the rows as Parquet
/// files and does not touch the table's log. Errors: as open_spark_session and
/// open_warehouse_session; every method also transient (the server is gone).
Result<std::unique_ptr<Engine>> open_spark_engine(const SparkEngineOptions& options);

}  // namespace quarentena
