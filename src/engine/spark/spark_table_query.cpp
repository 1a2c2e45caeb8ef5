#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/spark/exchange.h"
#include "engine/spark/server.h"
#include "engine/table_query.h"
#include "rules/dialect.h"
#include "spark/session.h"

namespace quarentena {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

AnswerType answer_type(std::string_view spark_type) {
  static constexpr std::string_view kWhole[] = {"tinyint", "smallint", "int", "bigint"};
  if (std::find(std::begin(kWhole), std::end(kWhole), spark_type) != std::end(kWhole))
    return AnswerType::whole;
  if (spark_type == "float" || spark_type == "double" || spark_type.starts_with("decimal"))
    return AnswerType::real;
  if (spark_type == "date") return AnswerType::date;
  return spark_type == "boolean" ? AnswerType::truth : AnswerType::text;
}

const char* spark_type(SmallType type) {
  switch (type) {
    case SmallType::whole:
      return "BIGINT";
    case SmallType::integer:
      return "INT";
    case SmallType::date:
      return "DATE";
    case SmallType::timestamp:
      return "TIMESTAMP";
    case SmallType::text:
      break;
  }
  return "STRING";
}

class GatheredAnswer final : public TableAnswer {
 public:
  GatheredAnswer(std::vector<AnswerColumn> columns, std::vector<TextRow> rows)
      : columns_(std::move(columns)), rows_(std::move(rows)) {}
  const std::vector<AnswerColumn>& columns() const override { return columns_; }
  Result<bool> next(AnswerRow& row) override {
    if (at_ == rows_.size()) return false;
    row = std::move(rows_[at_++]);
    return true;
  }

 private:
  std::vector<AnswerColumn> columns_;
  std::vector<TextRow> rows_;
  std::size_t at_ = 0;
};

class SparkTableQuery final : public TableQuery {
 public:
  SparkTableQuery(spark::Server server, const Snapshot& snapshot)
      : session_(std::move(server.session)),
        reader_(server.reader),
        version_(snapshot.version),
        latest_(latest_day(snapshot)) {}

  Status create_views(const TableQueryOptions& options, const Snapshot& snapshot) {
    TRY_STATUS(create_view("quarentena_global", delta_rows(snapshot)));
    TRY_STATUS(create_fontes(options));
    if (options.runs) TRY_STATUS(create_runs(*options.runs));
    create_rejects(options.rejects);
    return {};
  }

  Result<std::unique_ptr<TableAnswer>> ask(const std::string& sql) override {
    const auto spark_sql = spark_dialect().standard(sql);
    TRY_ASSIGN(auto columns, columns_of(spark_sql));
    TRY_ASSIGN(auto rows, rows_of_query(spark_sql));
    return std::make_unique<GatheredAnswer>(std::move(columns), std::move(rows));
  }

  Result<std::unique_ptr<TableAnswer>> ask_as_json(const std::string& sql) override {
    TRY_ASSIGN(auto rows,
               rows_of_query(fmt::format(
                   "SELECT to_json(struct(*), map('ignoreNullFields', 'false')) FROM (\n{}\n)",
                   spark_dialect().standard(sql))));
    return std::make_unique<GatheredAnswer>(std::vector<AnswerColumn>{{"json"}}, std::move(rows));
  }

  std::int64_t version() const override { return version_; }
  std::optional<Date> latest() const override { return latest_; }
  void interrupt() override { session_->interrupt(); }

 private:
  std::string delta_rows(const Snapshot& snapshot, const std::string& columns = "*") const {
    return fmt::format("SELECT {} FROM delta.{} VERSION AS OF {}", columns,
                       spark_dialect().identifier(spark::spark_name(snapshot.location, reader_)),
                       snapshot.version);
  }

  Status create_view(const std::string& name, const std::string& rows) {
    return session_->execute(fmt::format("CREATE OR REPLACE TEMPORARY VIEW {} AS\n{}", name, rows));
  }

  /// The ledger's own table, with those of `unrecorded` in place of its rows of the same days and
  /// sources.
  Status create_fontes(const TableQueryOptions& options) {
    if (options.fontes_columns.empty()) return {};
    std::vector<std::string> none;
    for (const auto& column : options.fontes_columns)
      none.push_back(fmt::format("CAST(NULL AS {}) AS {}", spark_type(column.type),
                                 spark_dialect().identifier(column.name)));
    auto rows = fmt::format("SELECT {} WHERE false", fmt::join(none, ", "));
    if (options.fontes) {
      TRY_ASSIGN(const auto ledger, read_snapshot(*options.fontes));
      if (ledger) rows = delta_rows(*ledger);
    }
    if (options.unrecorded.empty()) return create_view("fontes", rows);
    TRY_ASSIGN(const auto newer, upload_unrecorded(options));
    return create_view(
        "fontes",
        fmt::format("SELECT recorded.* FROM (\n{}\n) recorded LEFT ANTI JOIN unrecorded ON "
                    "unrecorded.data_carga = recorded.data_carga AND unrecorded.source = "
                    "recorded.source\nUNION ALL BY NAME\n{}",
                    rows, newer));
  }

  Status create_runs(const TableAt& at) {
    TRY_ASSIGN(const auto there, read_snapshot(at));
    if (!there) return {};
    std::vector<std::string> columns;
    for (const auto& column : there->columns)
      if (column.name != "report") columns.push_back(spark_dialect().identifier(column.name));
    for (const char* part : {"steps", "canais", "sources"})
      columns.push_back(fmt::format("get_json_object(report, '$.{0}') AS {0}", part));
    return create_view("runs", delta_rows(*there, fmt::format("{}", fmt::join(columns, ", "))));
  }

  /// They go up as text; what is returned selects them with their types.
  Result<std::string> upload_unrecorded(const TableQueryOptions& options) {
    const auto all = json::parse(options.unrecorded, nullptr, false);
    if (!all.is_array()) return fail(ErrorKind::bug, "unrecorded ledger rows are no JSON array");
    TextRows up;
    std::vector<std::string> typed;
    for (const auto& column : options.fontes_columns) {
      const auto name = spark_dialect().identifier(column.name);
      up.columns.push_back(column.name);
      typed.push_back(fmt::format("CAST({0} AS {1}) AS {0}", name, spark_type(column.type)));
    }
    for (const auto& one : all) {
      auto& row = up.rows.emplace_back();
      for (const auto& column : options.fontes_columns) {
        const auto value = one.find(column.name);
        if (value == one.end() || value->is_null())
          row.emplace_back();
        else
          row.emplace_back(value->is_string() ? value->get<std::string>() : value->dump());
      }
    }
    TRY_STATUS(session_->upload_view("unrecorded", up));
    return fmt::format("SELECT {} FROM unrecorded", fmt::join(typed, ", "));
  }

  /// The folder may be on this machine alone: who asks nothing of it shall not suffer for that.
  void create_rejects(const fs::path& folder) {
    std::error_code error;
    if (folder.empty() || !fs::exists(folder, error)) return;
    [[maybe_unused]] const auto made = create_view(
        "rejects",
        fmt::format(
            "SELECT CAST(data_carga AS DATE) AS data_carga, CAST(canal AS STRING) AS canal, "
            "source, file, `row`, `column`, value, reason FROM parquet.{}",
            spark_dialect().identifier(spark::spark_name(folder.string(), reader_))));
  }

  Result<std::vector<AnswerColumn>> columns_of(const std::string& spark_sql) {
    TRY_ASSIGN(const auto described, rows_of_query("DESCRIBE QUERY " + spark_sql));
    std::vector<AnswerColumn> columns;
    for (const auto& row : described)
      columns.push_back({row.at(0).value_or(""), answer_type(row.at(1).value_or(""))});
    return columns;
  }

  Result<std::vector<TextRow>> rows_of_query(const std::string& spark_sql) {
    TRY_ASSIGN(const auto answer, session_->query(spark_sql));
    return rows_of(*answer);
  }

  std::unique_ptr<SqlSession> session_;
  spark::Reader reader_;
  std::int64_t version_;
  std::optional<Date> latest_;
};

}  // namespace

Result<std::unique_ptr<TableQuery>> open_spark_table_query(const TableQueryOptions& options,
                                                           const SparkQueryOptions& asked) {
  if (!asked.at.warehouse.empty())
    return fail(ErrorKind::config,
                fmt::format("the SQL warehouse {} keeps no views to ask", asked.at.warehouse),
                "ask with --engine duckdb, or the table itself in Databricks");
  TRY_ASSIGN(const auto snapshot, read_snapshot(options.table, options.as_of));
  if (!snapshot)
    return fail(ErrorKind::missing,
                fmt::format("there is no table at {} yet", options.table.location),
                "`quarentena run` makes it");
  TRY_ASSIGN(auto server, spark::open_server(asked.at, asked.stop));
  auto query = std::make_unique<SparkTableQuery>(std::move(server), *snapshot);
  TRY_STATUS(query->create_views(options, *snapshot));
  return query;
}

}  // namespace quarentena
