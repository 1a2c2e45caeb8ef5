#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <atomic>
#include <mutex>

#include "base/slashes.h"
#include "engine/duckdb/database.h"
#include "engine/duckdb/early_releases.h"
#include "engine/duckdb/parquet_file.h"
#include "engine/duckdb/text_functions.h"
#include "engine/engine.h"
#include "engine/spark/exchange.h"
#include "engine/spark/group_counts.h"
#include "engine/spark/rows_in_table.h"
#include "engine/spark/server.h"
#include "engine/spark/spark_inputs.h"
#include "rules/rules.h"
#include "spark/session.h"

namespace quarentena {
namespace {

namespace fs = std::filesystem;
using duck::Connection;
using duck::Database;
using duck::Tally;
using spark::Exchange;
using spark::Reader;
using spark::SparkInputs;
using spark::Staging;

/// The files' own columns: canal and data_carga are the partition's.
constexpr const char* kColumns =
    "id_cliente, email, telefone, assunto, data_envio, qtd_dias, saida_prevista";

/// A folder for what lives no longer than a question.
class Scratch {
 public:
  explicit Scratch(fs::path path) : path_(std::move(path)) {
    std::error_code ignored;  // what is written into it tells
    fs::create_directories(path_, ignored);
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Places as Spark names them.
std::string parquet_at(const std::string& there) {
  return fmt::format("parquet.{}", spark_dialect().identifier(there));
}

std::string write_into(const std::string& there, const std::string& query) {
  return fmt::format(
      "INSERT OVERWRITE DIRECTORY {} USING parquet OPTIONS ('compression' = 'snappy')\n{}",
      spark_dialect().text(there), query);
}

/// A canal's rows of the day before; `due`: the period is not over.
std::string rows_before(const ReleaseCheck& check, Reader reader) {
  const auto& sql = spark_dialect();
  return fmt::format(
      "SELECT id_cliente, data_envio, saida_prevista, saida_prevista IS NULL OR saida_prevista >= "
      "{} AS due FROM delta.{} VERSION AS OF {} WHERE data_carga = {} AND canal = {}",
      sql.date(check.data_carga), sql.identifier(spark::spark_name(check.table->location, reader)),
      check.table->version, sql.date(check.before), sql.text(check.canal));
}

/// As the embedded engine counts them.
std::string releases_query(const std::string& before, const std::string& now) {
  return fmt::format(
      "SELECT CAST(count_if(due) AS STRING), CAST(count_if(due AND now.id_cliente IS NULL) AS "
      "STRING), CAST(count(*) AS STRING), CAST(count(now.id_cliente) AS STRING) FROM (\n{}\n) AS "
      "before LEFT JOIN (SELECT id_cliente FROM {}) AS now ON before.id_cliente = now.id_cliente",
      before, now);
}

/// The groups without their lists of rejects, which may be long: Spark then never makes them.
std::string groups_query(const SparkInputs& inputs, const LoadDay& day) {
  std::string columns = "status, id_cliente, best";
  for (std::size_t i = 0; i < inputs.rules.size(); ++i) columns += fmt::format(", rows_{}", i);
  for (std::size_t i = 0; inputs.rules.size() > 1 && i < inputs.rules.size(); ++i)
    columns += fmt::format(", newest_{}", i);
  return fmt::format("{}\nSELECT {} FROM (\n{}\n)", inputs.with(), columns,
                     canal_query(inputs.rules, day, spark_dialect()));
}

std::string rows_query(const std::string& groups, const SparkInputs& inputs, const LoadDay& day) {
  return fmt::format(
      "SELECT {} FROM (\n{}\n)", kColumns,
      published_rows(groups, "status = 'candidate'", inputs.rules, day, spark_dialect()));
}

class SparkEngine final : public Engine {
 public:
  SparkEngine(std::unique_ptr<Database> database, std::unique_ptr<SqlSession> session,
              std::unique_ptr<Exchange> exchange, SparkEngineOptions options, Reader reader)
      : database_(std::move(database)),
        session_(std::move(session)),
        exchange_(std::move(exchange)),
        options_(std::move(options)),
        reader_(reader) {}

  Result<CanalLoaded> load(const CanalLoad& load) override {
    TRY_STATUS(still_there());
    TRY_ASSIGN(const auto connection, database_->connect());
    TRY_ASSIGN(const auto inputs, open(*connection, load, load.folder, Staging::rows));
    TRY_STATUS(duck::check_paths_seen(inputs.relations));
    const auto groups = load.folder / "groups";
    const auto there = exchange_->there(groups);
    TRY_STATUS(run(write_into(there, groups_query(inputs, load.day())), load, inputs));
    Tally tally(load.sources.size());
    TRY_ASSIGN(const auto counts,
               ask_spark(spark::counts_query(parquet_at(there), load.sources.size())));
    TRY_STATUS(spark::add_counts(counts, tally));
    CanalLoaded loaded;
    TRY_STATUS(duck::account(load, inputs.relations, tally, loaded));
    TRY_STATUS(write_rows(*connection, load, inputs, loaded));
    TRY_STATUS(write_rejects(*connection, load, inputs, tally, loaded));
    exchange_->drop(groups);
    for (const auto& source : load.sources)
      if (source.progress) source.progress->done = true;
    return loaded;
  }

  Result<std::vector<DeltaColumn>> copy_table(const SourceLoad& load,
                                              const fs::path& file) override {
    TRY_ASSIGN(const auto connection, database_->connect());
    return duck::copy_table(*connection, load, file);
  }

  Result<std::string> query_of(const CanalLoad& load) override {
    TRY_ASSIGN(const auto connection, database_->connect());
    TRY_ASSIGN(const auto inputs, open(*connection, load, {}, Staging::shape));
    const auto sql = rows_query("groups", inputs, load.day());
    auto whole = fmt::format("{},\ngroups AS (\n{}\n)\n{}", inputs.with(),
                             canal_query(inputs.rules, load.day(), spark_dialect()), sql);
    TRY_STATUS(run(without_rows(whole), load, inputs));
    return whole;
  }

  Result<std::vector<std::vector<std::optional<std::string>>>> ask(
      const CanalLoad& load, const std::string& sql) override {
    const auto scratch = new_scratch();
    TRY_ASSIGN(const auto connection, database_->connect());
    TRY_ASSIGN(const auto inputs,
               open(*connection, load, scratch->path(), Staging::rows, load.only_id_cliente));
    auto answer = ask_spark(over_rows(inputs, load, sql));
    if (!answer) return tl::unexpected<Error>(blamed(answer.error(), load, inputs));
    return answer;
  }

  Status write(const CanalLoad& load, const std::string& sql, const fs::path& file) override {
    const auto scratch = new_scratch();
    TRY_ASSIGN(const auto connection, database_->connect());
    TRY_ASSIGN(const auto inputs, open(*connection, load, scratch->path(), Staging::rows));
    const auto rows = scratch->path() / "rows";
    TRY_STATUS(run(write_into(exchange_->there(rows), over_rows(inputs, load, sql)), load, inputs));
    TRY_STATUS(exchange_->fetch(rows));
    return connection->run(fmt::format("COPY (FROM read_parquet({})) TO {} (FORMAT parquet)",
                                       duck::literal((rows / "*.parquet").string()),
                                       duck::literal(file.string())));
  }

  // Where the day before and what was just written are Parquet files here it is one join over two
  // columns, which the embedded engine does in bounded memory.
  Result<ReleaseCount> count_early_releases(const ReleaseCheck& check) override {
    if (reads_table(check)) return count_on_spark(check);
    TRY_ASSIGN(const auto connection, database_->connect());
    TRY_ASSIGN(const auto releases, duck::EarlyReleases::open(*connection, check));
    return releases->count(check.made);
  }

  Status list_early_releases(const ReleaseCheck& check, const CanalLoad& load,
                             const std::function<void(const EarlyRelease&)>& each) override {
    const auto scratch = new_scratch();
    TRY_ASSIGN(const auto connection, database_->connect());
    TRY_ASSIGN(const auto here, brought_here(check, scratch->path()));
    TRY_ASSIGN(const auto releases, duck::EarlyReleases::open(*connection, here));
    TRY_ASSIGN(const auto seen, seen_in(*connection, load, scratch->path()));
    TRY_ASSIGN(auto answer, releases->list(seen));
    answer.each_row([&](const auto& row) { each(duck::to_early_release(row)); });
    return {};
  }

  void interrupt() override {
    session_->interrupt();
    database_->interrupt();
  }

 private:
  Result<SparkInputs> open(Connection& connection, const CanalLoad& load, const fs::path& folder,
                           Staging staging, const std::string& only_id_cliente = {}) {
    return spark::open_inputs(connection, load,
                              {*exchange_, reader_, staging, folder, only_id_cliente});
  }

  /// The table is on a store that Spark reads, and the rows of this run are there.
  bool reads_table(const ReleaseCheck& check) const { return options_.files.table && check.table; }

  std::string in_table(const std::string& relative) const {
    const auto root = without_slash(options_.files.table->location);
    return spark::spark_name(root + "/" + relative, reader_);
  }

  std::string rows_now(const ReleaseCheck& check) const {
    return check.now_in_table.empty()
               ? std::string("(SELECT CAST(NULL AS STRING) AS id_cliente WHERE false)")
               : parquet_at(in_table(check.now_in_table));
  }

  Result<ReleaseCount> count_on_spark(const ReleaseCheck& check) {
    TRY_ASSIGN(const auto rows,
               ask_spark(releases_query(rows_before(check, reader_), rows_now(check))));
    if (rows.size() != 1 || rows[0].size() != 4)
      return fail(ErrorKind::bug, "Spark counted releases in another shape than it was asked to");
    const auto number = [&](std::size_t i) { return std::stoll(rows[0][i].value()); };
    const bool same = check.made == ReleaseCheck::Made::from_the_same;
    return ReleaseCount{number(0), same ? 0 : number(1), number(2), number(3)};
  }

  /// The check as the embedded engine can answer it: of a table that Spark reads, those who would
  /// leave are picked out there and come here.
  Result<ReleaseCheck> brought_here(const ReleaseCheck& check, const fs::path& scratch) {
    if (!reads_table(check)) return check;
    const auto folder = scratch / "leaving";
    TRY_STATUS(tell_gone(session_->execute(
        write_into(exchange_->there(folder),
                   fmt::format("SELECT id_cliente, data_envio, saida_prevista FROM (\n{}\n) LEFT "
                               "ANTI JOIN (SELECT id_cliente FROM {}) USING (id_cliente) WHERE due",
                               rows_before(check, reader_), rows_now(check))))));
    TRY_STATUS(exchange_->fetch(folder));
    auto here = check;
    here.table = nullptr;
    here.now_in_table.clear();
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error))
      if (entry.path().extension() == ".parquet") here.files.push_back(entry.path());
    return here;
  }

  std::unique_ptr<Scratch> new_scratch() {
    return std::make_unique<Scratch>(options_.files.folder /
                                     fmt::format("ask-{}-{}", ::getpid(), asked_++));
  }

  static std::string over_rows(const SparkInputs& inputs, const CanalLoad& load,
                               const std::string& sql) {
    return fmt::format("{},\nrows AS (\n{}\n)\n{}", inputs.with(),
                       judged_rows(inputs.rules, load.day(), spark_dialect()),
                       spark_dialect().standard(sql));
  }

  Result<std::vector<TextRow>> ask_spark(const std::string& sql) {
    auto rows = answer_to(sql);
    if (!rows) note_gone(rows.error());
    return rows;
  }

  Result<std::vector<TextRow>> answer_to(const std::string& sql) {
    TRY_ASSIGN(const auto answer, session_->query(sql));
    return rows_of(*answer);
  }

  /// A server that was given up on is not waited for again by every canal that is left.
  Status still_there() {
    const std::lock_guard lock(mutex_);
    if (gone_) return tl::unexpected<Error>(*gone_);
    return {};
  }
  void note_gone(const Error& error) {
    const std::lock_guard lock(mutex_);
    if (error.kind == ErrorKind::transient && !gone_) gone_ = error;
  }

  Status tell_gone(Status done) {
    if (!done) note_gone(done.error());
    return done;
  }

  Status run(const std::string& sql, const CanalLoad& load, const SparkInputs& inputs) {
    auto done = tell_gone(session_->execute(sql));
    if (done) return {};
    return tl::unexpected<Error>(blamed(std::move(done.error()), load, inputs));
  }

  /// The error of a query as the user must see it: a `where` that does not fit, or a folder that
  /// Spark does not share with us.
  Error blamed(Error error, const CanalLoad& load, const SparkInputs& inputs) {
    if (error.what.find("PATH_NOT_FOUND") != std::string::npos ||
        error.what.find("UNABLE_TO_INFER_SCHEMA") != std::string::npos)
      return unseen(exchange_->there(load.folder));
    if (error.kind != ErrorKind::config) return error;
    for (std::size_t i = 0; i < inputs.rules.size(); ++i) {
      const auto& source = *load.sources[i].source;
      if (source.where.empty()) continue;
      SparkInputs alone;
      alone.rules = {inputs.rules[i]};
      alone.selects = {inputs.selects[i]};
      const auto fits = session_->execute(without_rows(groups_query(alone, load.day())));
      if (fits) continue;
      const auto& found = inputs.relations[i]->columns_found();
      return {ErrorKind::config,
              fmt::format("source '{}': `where: {}` does not fit the source: {}", source.name,
                          source.where, fits.error().what),
              fmt::format("on Spark a condition uses Spark's functions; the columns found are {}",
                          fmt::join(found, ", ")),
              Defect::none, source.name};
    }
    return error;
  }

  /// Analysed and not run. EXPLAIN succeeds with the error as its rows.
  static std::string without_rows(const std::string& query) {
    return fmt::format("SELECT * FROM (\n{}\n) LIMIT 0", query);
  }

  static Error unseen(const std::string& there) {
    return {ErrorKind::config,
            fmt::format("Spark does not see {}, or it is another folder there", there),
            "its machines and this one must share that place: see docs/engines.md"};
  }

  /// The groups are read again for the rows, so that the shuffle over the key happens once.
  Status write_rows(Connection& connection, const CanalLoad& load, const SparkInputs& inputs,
                    CanalLoaded& loaded) {
    const auto quarantined = loaded.account().quarantined;
    if (quarantined == 0) return {};
    const auto folder = load.folder / "rows";
    const bool places = options_.files.table && !load.in_table.empty();
    const auto there = places ? in_table(load.in_table) : exchange_->there(folder);
    const auto groups = parquet_at(exchange_->there(load.folder / "groups"));
    TRY_STATUS(run(write_into(there, rows_query(groups, inputs, load.day())), load, inputs));
    TRY_ASSIGN(loaded.files, places ? placed(connection, load) : fetched(connection, folder));
    if (duck::rows_in(loaded.files) != quarantined) return tl::unexpected<Error>(unseen(there));
    if (places) loaded.in_table = load.in_table;
    for (auto& file : loaded.files)
      file.partition = {{"data_carga", load.data_carga.iso()}, {"canal", load.canal}};
    return {};
  }

  Result<std::vector<NewFile>> placed(Connection& connection, const CanalLoad& load) const {
    return spark::rows_in_table(
        connection, {*options_.files.table, load.in_table, load.folder / "rows", options_.threads,
                     options_.stop});
  }

  Result<std::vector<NewFile>> fetched(Connection& connection, const fs::path& folder) const {
    TRY_STATUS(exchange_->fetch(folder));
    TRY_ASSIGN(auto files, duck::written_elsewhere(connection, folder));
    for (auto& file : files) file.path = (folder.filename() / file.path).string();
    return files;
  }

  Status write_rejects(Connection& connection, const CanalLoad& load, const SparkInputs& inputs,
                       const Tally& tally, CanalLoaded& loaded) {
    std::int64_t judged = 0;
    for (const auto& input : tally.inputs) judged += input.account.rejected;
    if (judged == 0) return duck::write_rejects(connection, load, tally, loaded);
    const auto folder = load.folder / "rejected";
    const auto sql = fmt::format("{}\n{}", inputs.with(),
                                 rejected_rows(inputs.rules, load.day(), spark_dialect()));
    TRY_STATUS(run(write_into(exchange_->there(folder), sql), load, inputs));
    TRY_STATUS(exchange_->fetch(folder));
    return duck::write_rejects(
        connection, load, tally, loaded,
        fmt::format("FROM read_parquet({})", duck::literal((folder / "*.parquet").string())));
  }

  /// The delivered rows of those who would leave, as a relation of the embedded engine: Spark picks
  /// them out of the deliveries.
  Result<std::string> seen_in(Connection& connection, const CanalLoad& load,
                              const fs::path& folder) {
    if (load.sources.empty()) return std::string();
    auto again = load;
    for (auto& input : again.sources) input.progress = nullptr;
    TRY_ASSIGN(const auto inputs, open(connection, again, folder, Staging::rows));
    const auto released = folder / "released.parquet";
    TRY_STATUS(connection.run(
        fmt::format("COPY (SELECT id_cliente FROM due_to_stay ANTI JOIN in_quarantine_now USING "
                    "(id_cliente)) TO {} (FORMAT parquet)",
                    duck::literal(released.string()))));
    TRY_STATUS(exchange_->give(released));
    const auto seen = folder / "seen";
    const auto picked =
        over_rows(inputs, load,
                  "SELECT id_cliente, source, status, data_envio FROM rows LEFT "
                  "SEMI JOIN " +
                      parquet_at(exchange_->there(released)) + " USING (id_cliente)");
    TRY_STATUS(run(write_into(exchange_->there(seen), picked), load, inputs));
    TRY_STATUS(exchange_->fetch(seen));
    return fmt::format("FROM read_parquet({})", duck::literal((seen / "*.parquet").string()));
  }

  std::unique_ptr<Database> database_;
  std::unique_ptr<SqlSession> session_;
  std::unique_ptr<Exchange> exchange_;
  SparkEngineOptions options_;
  Reader reader_;
  std::atomic<int> asked_{0};
  std::mutex mutex_;
  std::optional<Error> gone_;  ///< why, once Spark was given up on
};

/// A warehouse has no folder of this machine mounted, but a volume.
Status check_reach(const SparkEngineOptions& options) {
  const auto& folder = options.files.folder;
  if (options.at.warehouse.empty() || options.files.through) return {};
  if (folder.string().starts_with("/Volumes/")) return {};
  return fail(
      ErrorKind::config,
      fmt::format("the SQL warehouse {} does not see {}", options.at.warehouse, folder.string()),
      "name a table of s3://, abfss:// or gs://, or for one of uc:// a `staging` on such a "
      "store or in a volume: see docs/engines.md");
}

std::unique_ptr<Exchange> exchange_of(const SparkFiles& files, Reader reader) {
  if (!files.through) return spark::shared_folder();
  return spark::remote_exchange({files.through, files.location, files.name, files.folder, reader});
}

}  // namespace

Result<std::unique_ptr<Engine>> open_spark_engine(const SparkEngineOptions& options) {
  TRY_STATUS(check_reach(options));
  TRY_ASSIGN(auto database, Database::open({options.threads, options.spill_folder}));
  TRY_ASSIGN(const auto connection, database->connect());
  TRY_STATUS(duck::register_delivered_rows(*connection));
  TRY_STATUS(duck::register_text_functions(*connection));
  TRY_ASSIGN(auto server, spark::open_server(options.at, options.stop));
  auto exchange = exchange_of(options.files, server.reader);
  return std::make_unique<SparkEngine>(std::move(database), std::move(server.session),
                                       std::move(exchange), options, server.reader);
}

}  // namespace quarentena
