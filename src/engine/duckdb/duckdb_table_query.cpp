#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <thread>

#include "engine/duckdb/database.h"
#include "engine/duckdb/delta_rows.h"
#include "engine/duckdb/identity_functions.h"
#include "engine/duckdb/identity_views.h"
#include "engine/table_query.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

using duck::Connection;
using duck::Database;
using duck::identifier;
using duck::literal;

constexpr const char* kView = "quarentena_global";

AnswerType answer_type(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_UHUGEINT:
      return AnswerType::whole;
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_DECIMAL:
      return AnswerType::real;
    case DUCKDB_TYPE_DATE:
      return AnswerType::date;
    case DUCKDB_TYPE_BOOLEAN:
      return AnswerType::truth;
    default:
      return AnswerType::text;
  }
}

/// The first line of DuckDB's message, without its "Binder Error: ".
Error sql_error(const std::string& message) {
  auto error = duck::error_of(message, ErrorKind::config);
  if (error.kind != ErrorKind::config) return error;
  const auto position = message.find("\n\nLINE ");
  error.what = message.substr(0, position);
  if (position != std::string::npos) error.hint = "at\n" + message.substr(position + 2);
  return error;
}

/// One statement, prepared. Owns its handle.
class Prepared {
 public:
  static Result<std::unique_ptr<Prepared>> of(duckdb_connection connection,
                                              const std::string& sql) {
    std::unique_ptr<Prepared> prepared(new Prepared());
    if (duckdb_prepare(connection, sql.c_str(), &prepared->handle_) == DuckDBError)
      return tl::unexpected<Error>(sql_error(duckdb_prepare_error(prepared->handle_)));
    return prepared;
  }
  ~Prepared() { duckdb_destroy_prepare(&handle_); }
  duckdb_prepared_statement get() const { return handle_; }

 private:
  Prepared() = default;
  duckdb_prepared_statement handle_ = nullptr;
};

/// Every column is VARCHAR by the time it gets here.
class StreamedAnswer final : public TableAnswer {
 public:
  StreamedAnswer(std::vector<AnswerColumn> columns, std::unique_ptr<Prepared> prepared,
                 duckdb_result result)
      : columns_(std::move(columns)), prepared_(std::move(prepared)), result_(result) {}
  ~StreamedAnswer() override {
    duckdb_destroy_data_chunk(&chunk_);
    duckdb_destroy_result(&result_);
  }

  const std::vector<AnswerColumn>& columns() const override { return columns_; }

  Result<bool> next(AnswerRow& row) override {
    while (!chunk_ || at_ >= duckdb_data_chunk_get_size(chunk_)) {
      duckdb_destroy_data_chunk(&chunk_);
      chunk_ = duckdb_fetch_chunk(result_);
      at_ = 0;
      if (chunk_) continue;
      const char* message = duckdb_result_error(&result_);
      if (message && *message) return tl::unexpected<Error>(sql_error(message));
      return false;
    }
    row.resize(columns_.size());
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      auto* vector = duckdb_data_chunk_get_vector(chunk_, c);
      row[c] = duck::is_null(vector, at_) ? std::nullopt
                                          : std::optional(std::string(duck::text_at(vector, at_)));
    }
    ++at_;
    return true;
  }

 private:
  std::vector<AnswerColumn> columns_;
  std::unique_ptr<Prepared> prepared_;
  duckdb_result result_;
  duckdb_data_chunk chunk_ = nullptr;
  idx_t at_ = 0;
};

/// The statements of a text; DuckDB's own parser tells where each ends.
class Statements {
 public:
  Statements(duckdb_connection connection, const std::string& sql) : connection_(connection) {
    count_ = duckdb_extract_statements(connection, sql.c_str(), &handle_);
  }
  ~Statements() { duckdb_destroy_extracted(&handle_); }
  Statements(const Statements&) = delete;
  Statements& operator=(const Statements&) = delete;

  Status check() const {
    if (count_ > 0) return {};
    if (!has_error()) return fail(ErrorKind::config, "there is no SQL to run");
    return tl::unexpected<Error>(sql_error(duckdb_extract_statements_error(handle_)));
  }
  idx_t count() const { return count_; }
  bool has_error() const {
    const char* message = duckdb_extract_statements_error(handle_);
    return message && *message;
  }

  /// Runs a statement whose answer nobody wants.
  Status run(idx_t index) const {
    duckdb_prepared_statement prepared = nullptr;
    duckdb_result result{};
    Status status;
    if (duckdb_prepare_extracted_statement(connection_, handle_, index, &prepared) == DuckDBError)
      status = tl::unexpected<Error>(sql_error(duckdb_prepare_error(prepared)));
    else if (duckdb_execute_prepared(prepared, &result) == DuckDBError)
      status = tl::unexpected<Error>(sql_error(duckdb_result_error(&result)));
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&prepared);
    return status;
  }

 private:
  duckdb_connection connection_;
  duckdb_extracted_statements handle_ = nullptr;
  idx_t count_ = 0;
};

class DuckDbTableQuery final : public TableQuery {
 public:
  DuckDbTableQuery(std::unique_ptr<Database> database, std::unique_ptr<Connection> connection,
                   const std::optional<Snapshot>& snapshot)
      : database_(std::move(database)),
        connection_(std::move(connection)),
        version_(snapshot ? snapshot->version : -1),
        latest_(snapshot ? latest_day(*snapshot) : std::nullopt) {}

  Status create_views(const TableQueryOptions& options, const Snapshot& snapshot) {
    TRY_STATUS(create_table_view(snapshot));
    TRY_STATUS(create_history(options.table));
    if (options.fontes) TRY_STATUS(create_fontes(*options.fontes));
    if (!options.fontes_columns.empty()) TRY_STATUS(complete_fontes(options));
    TRY_STATUS(create_rejects_view(options.rejects));
    TRY_STATUS(duck::register_identity_functions(*connection_));
    return duck::create_identity_views(*connection_, options.identity);
  }

  Status create_empty() {
    return connection_->run(
        fmt::format("CREATE TEMP TABLE {} (id_cliente VARCHAR, canal VARCHAR, email VARCHAR, "
                    "telefone VARCHAR, assunto VARCHAR, data_envio DATE, qtd_dias INTEGER, "
                    "saida_prevista DATE, data_carga DATE)",
                    kView));
  }

  Result<std::unique_ptr<TableAnswer>> ask(const std::string& sql) override {
    return answer(sql, "SELECT COLUMNS(*)::VARCHAR FROM ({}\n)");
  }
  Result<std::unique_ptr<TableAnswer>> ask_as_json(const std::string& sql) override {
    return answer(sql, "SELECT to_json(answer)::VARCHAR AS json FROM ({}\n) answer");
  }
  std::int64_t version() const override { return version_; }
  std::optional<Date> latest() const override { return latest_; }
  void interrupt() override { database_->interrupt(); }

 private:
  /// DuckDB 1.5.5 fails on min(data_carga) over a bare hive column (it looks for Parquet statistics
  /// of it); an expression is as good, and files are pruned by it all the same.
  static std::string of_hive_column(const std::string& name) {
    if (name == "data_carga") return "data_carga + 0 AS data_carga";
    if (name == "canal") return "canal || '' AS canal";
    return identifier(name);
  }

  /// Its files lie in `data_carga=.../canal=...` folders, whoever wrote them, unless their own
  /// reader is needed.
  Status create_table_view(const Snapshot& snapshot) {
    std::vector<std::string> names, columns, hive_columns;
    for (const auto& column : snapshot.columns) {
      names.push_back(column.name);
      columns.push_back(identifier(column.name));
      hive_columns.push_back(of_hive_column(column.name));
    }
    const auto in_its_folder = [](const DeltaFile& file) {
      const auto day = file.partition.find("data_carga");
      return day != file.partition.end() && day->second &&
             file.path.find("/data_carga=" + *day->second + "/canal=") != std::string::npos;
    };
    const bool hive = std::all_of(snapshot.files.begin(), snapshot.files.end(), in_its_folder);
    if (!snapshot.plain_parquet || !hive || snapshot.files.empty()) {
      TRY_STATUS(delta_.create_view(*connection_, "quarentena_scan", snapshot, names));
      // The scan can be read once; a session asks more than once.
      TRY_STATUS(connection_->run(
          fmt::format("CREATE TEMP TABLE quarentena_rows AS SELECT {} FROM quarentena_scan",
                      fmt::join(columns, ", "))));
      return connection_->run(
          fmt::format("CREATE TEMP VIEW {} AS SELECT * FROM quarentena_rows", kView));
    }
    std::vector<std::string> paths;
    for (const auto& file : snapshot.files) paths.push_back(literal(file.path));
    return connection_->run(fmt::format(
        "CREATE TEMP VIEW {} AS SELECT {} FROM read_parquet([{}], hive_partitioning = true, "
        "hive_types = {{'data_carga': DATE, 'canal': VARCHAR}}, union_by_name = false)",
        kView, fmt::join(hive_columns, ", "), fmt::join(paths, ", ")));
  }

  Status create_history(const TableAt& table) {
    TRY_ASSIGN(const auto commits, history(table));
    std::vector<std::string> rows;
    const auto info = [](const Commit& commit, const char* key) {
      const auto found = commit.info.find(key);
      return found == commit.info.end() ? std::string("NULL") : literal(found->second);
    };
    for (const auto& commit : commits.value_or(std::vector<Commit>{}))
      rows.push_back(fmt::format("({}, make_timestamptz({}), {}, {}, {})", commit.version,
                                 commit.timestamp_ms * 1000, literal(commit.operation),
                                 info(commit, "runId"), info(commit, "rowsPerCanal")));
    return connection_->run(
        fmt::format("CREATE TEMP TABLE {}_history AS SELECT * FROM (VALUES {}) AS t(version, "
                    "timestamp, operation, run_id, rows_per_canal)",
                    kView, fmt::join(rows, ", ")));
  }

  Status create_fontes(const TableAt& at) {
    TRY_ASSIGN(const auto ledger, read_snapshot(at));
    if (!ledger) return {};
    std::vector<std::string> names;
    for (const auto& column : ledger->columns) names.push_back(column.name);
    TRY_STATUS(fontes_.create_view(*connection_, "fontes_scan", *ledger, names));
    // As above: read once, asked more than once.
    return connection_->run(
        "CREATE TEMP TABLE fontes AS SELECT * EXCLUDE (__file, __row) FROM fontes_scan");
  }

  /// A run that died after its commit left `unrecorded` in the main table's log only.
  Status complete_fontes(const TableQueryOptions& options) {
    std::vector<std::string> columns, fields;
    for (const auto& column : options.fontes_columns) {
      const auto type = sql_type(column.type);
      columns.push_back(fmt::format("{} {}", identifier(column.name), type));
      fields.push_back(fmt::format("\"{}\": \"{}\"", column.name, type));
    }
    TRY_STATUS(connection_->run(
        fmt::format("CREATE TEMP TABLE IF NOT EXISTS fontes ({})", fmt::join(columns, ", "))));
    if (options.unrecorded.empty()) return {};
    return connection_->run(fmt::format(
        "CREATE TEMP TABLE unrecorded AS SELECT unnest(from_json({}, {}), recursive := true); "
        "DELETE FROM fontes WHERE (data_carga, source) IN (SELECT (data_carga, source) FROM "
        "unrecorded); "
        "INSERT INTO fontes BY NAME FROM unrecorded; DROP TABLE unrecorded",
        literal(options.unrecorded), literal(fmt::format("[{{{}}}]", fmt::join(fields, ", ")))));
  }

  static const char* sql_type(SmallType type) {
    switch (type) {
      case SmallType::whole:
        return "BIGINT";
      case SmallType::integer:
        return "INTEGER";
      case SmallType::date:
        return "DATE";
      case SmallType::timestamp:
        return "TIMESTAMP WITH TIME ZONE";
      case SmallType::text:
        break;
    }
    return "VARCHAR";
  }

  Status create_rejects_view(const fs::path& folder) {
    std::error_code error;
    bool any = false;
    for (fs::recursive_directory_iterator entry(folder, error), end; !error && !any && entry != end;
         entry.increment(error))
      any = entry->path().extension() == ".parquet";
    const auto from =
        any ? fmt::format(
                  "read_parquet({}, hive_partitioning = true, hive_types = {{'data_carga': DATE, "
                  "'canal': VARCHAR}})",
                  literal((folder / "**/*.parquet").string()))
            : std::string(
                  "(SELECT NULL::VARCHAR AS source, NULL::VARCHAR AS file, NULL::BIGINT AS row, "
                  "NULL::VARCHAR AS \"column\", NULL::VARCHAR AS value, NULL::VARCHAR AS reason, "
                  "NULL::DATE AS data_carga, NULL::VARCHAR AS canal WHERE false)");
    return connection_->run(
        fmt::format("CREATE TEMP VIEW rejects AS SELECT data_carga, canal, source, file, row, "
                    "\"column\", value, reason FROM {}",
                    from));
  }

  Result<std::unique_ptr<TableAnswer>> answer(const std::string& sql, const char* wrapped) {
    const Statements statements(connection_->get(), sql);
    TRY_STATUS(statements.check());
    for (idx_t i = 0; i + 1 < statements.count(); ++i) TRY_STATUS(statements.run(i));
    auto last = last_statement(sql, statements.count());
    TRY_ASSIGN(auto plain, Prepared::of(connection_->get(), last));
    std::vector<AnswerColumn> columns;
    for (idx_t c = 0; c < duckdb_prepared_statement_column_count(plain->get()); ++c) {
      const char* column = duckdb_prepared_statement_column_name(plain->get(), c);
      columns.push_back(
          {column, answer_type(duckdb_prepared_statement_column_type(plain->get(), c))});
      duckdb_free(const_cast<char*>(column));
    }
    const auto type = duckdb_prepared_statement_type(plain->get());
    if (type == DUCKDB_STATEMENT_TYPE_EXPLAIN)  // text already, and no query to wrap
      return stream(std::move(plain), std::move(columns));
    if (type !=
        DUCKDB_STATEMENT_TYPE_SELECT) {  // CREATE, SET, COPY ...: run it, there is nothing to show
      TRY_STATUS(statements.run(statements.count() - 1));
      TRY_ASSIGN(auto nothing, Prepared::of(connection_->get(), "SELECT 1 WHERE false"));
      return stream(std::move(nothing), {});
    }
    TRY_ASSIGN(auto prepared,
               Prepared::of(connection_->get(), fmt::format(fmt::runtime(wrapped), last)));
    if (std::string_view(wrapped).find("to_json") != std::string_view::npos) columns = {{"json"}};
    return stream(std::move(prepared), std::move(columns));
  }

  static Result<std::unique_ptr<TableAnswer>> stream(std::unique_ptr<Prepared> prepared,
                                                     std::vector<AnswerColumn> columns) {
    duckdb_result result{};
    duckdb_pending_result pending = nullptr;
    const bool failed =
        duckdb_pending_prepared_streaming(prepared->get(), &pending) == DuckDBError ||
        duckdb_execute_pending(pending, &result) == DuckDBError;
    if (failed) {
      const char* message = pending ? duckdb_pending_error(pending) : nullptr;
      auto error = sql_error(message ? message : "the query failed");
      duckdb_destroy_pending(&pending);
      duckdb_destroy_result(&result);
      return tl::unexpected<Error>(std::move(error));
    }
    duckdb_destroy_pending(&pending);
    return std::make_unique<StreamedAnswer>(std::move(columns), std::move(prepared), result);
  }

  /// How many statements DuckDB sees in a text; nullopt: it is no SQL.
  std::optional<idx_t> count_of(const std::string& text) const {
    const Statements statements(connection_->get(), text);
    if (statements.count() == 0 && statements.has_error()) return std::nullopt;
    return statements.count();
  }

  /// The text of the last of `count` statements, without the semicolon that would end the wrapping
  /// query. A semicolon may stand in a text or a comment: only DuckDB tells which ones part two
  /// statements, so each is tried, the last one first.
  std::string last_statement(const std::string& sql, idx_t count) const {
    const auto parts = [&](std::string_view text, std::size_t at, idx_t head, idx_t tail) {
      return count_of(std::string(text.substr(0, at))) == head &&
             count_of(std::string(text.substr(at + 1))) == tail;
    };
    std::string_view text = sql;
    for (auto at = text.find_last_of(';'); count > 1 && at != text.npos && at > 0;
         at = text.find_last_of(';', at - 1))
      if (parts(text, at, count - 1, 1)) {
        text.remove_prefix(at + 1);
        break;
      }
    for (auto at = text.find(';'); at != text.npos; at = text.find(';', at + 1))
      if (parts(text, at, 1, 0)) return std::string(text.substr(0, at));
    return std::string(text);
  }

  std::unique_ptr<Database> database_;
  std::unique_ptr<Connection> connection_;
  duck::DeltaRows delta_;
  duck::DeltaRows fontes_;
  std::int64_t version_;
  std::optional<Date> latest_;
};

}  // namespace

Result<std::unique_ptr<TableQuery>> open_table_query(const TableQueryOptions& options) {
  TRY_ASSIGN(const auto snapshot, read_snapshot(options.table, options.as_of));
  if (!snapshot && !options.absent_is_empty)
    return fail(ErrorKind::missing,
                fmt::format("there is no table at {} yet", options.table.location),
                "`quarentena run` makes it");
  TRY_ASSIGN(auto database, Database::open({std::max(1u, std::thread::hardware_concurrency()),
                                            fs::temp_directory_path() / "quarentena-sql"}));
  TRY_ASSIGN(auto connection, database->connect());
  auto query =
      std::make_unique<DuckDbTableQuery>(std::move(database), std::move(connection), snapshot);
  TRY_STATUS(snapshot ? query->create_views(options, *snapshot) : query->create_empty());
  return query;
}

}  // namespace quarentena
