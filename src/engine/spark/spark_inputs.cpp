#include "engine/spark/spark_inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "rules/dialect.h"

namespace quarentena::spark {
namespace {

/// Parquet has no place for every name a sheet's header may hold.
std::string staged_name(std::size_t column) { return fmt::format("c{}", column); }

/// A column as Parquet and Spark have a type for it.
std::string staged_value(const RelationColumn& column) {
  switch (column.type) {
    case ColumnType::other:
      return fmt::format("CAST({} AS VARCHAR)", column.sql);
    case ColumnType::local_time:
    case ColumnType::utc_time:
      return fmt::format("CAST({} AS TIMESTAMP)", column.sql);
    default:
      return column.sql;
  }
}

Status stage(duck::Connection& connection, duck::DeliveredRelation& relation,
             const fs::path& file) {
  const auto& from = relation.rules().relation;
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < from.columns.size(); ++i)
    columns.push_back(fmt::format("{} AS {}", staged_value(from.columns[i]), staged_name(i)));
  auto copied = connection.run(fmt::format(
      "COPY (SELECT {}, __file, __row FROM {}) TO {} (FORMAT parquet)", fmt::join(columns, ", "),
      duck::identifier(from.name), duck::literal(file.string())));
  if (copied) return {};
  auto blamed = relation.blame(copied.error());
  return tl::unexpected<Error>(blamed ? std::move(*blamed) : std::move(copied.error()));
}

const char* spark_type(ColumnType type) {
  switch (type) {
    case ColumnType::integer:
      return "BIGINT";
    case ColumnType::real:
      return "DOUBLE";
    case ColumnType::date:
      return "DATE";
    case ColumnType::local_time:
    case ColumnType::utc_time:
      return "TIMESTAMP_NTZ";
    case ColumnType::instant:
      return "TIMESTAMP";
    default:
      return "STRING";
  }
}

/// No row, and the columns that a staged file has.
std::string shape_of(const Relation& relation) {
  std::string columns;
  for (std::size_t i = 0; i < relation.columns.size(); ++i)
    columns += fmt::format("CAST(NULL AS {}) AS {}, ", spark_type(relation.columns[i].type),
                           staged_name(i));
  return fmt::format(
      "/* staged */ SELECT {}CAST(NULL AS STRING) AS __file, CAST(NULL AS BIGINT) AS __row WHERE "
      "false",
      columns);
}

Result<std::string> staged_select(duck::Connection& connection, duck::DeliveredRelation& relation,
                                  const fs::path& file, const Exchange& exchange, Staging staging) {
  if (staging == Staging::shape) return shape_of(relation.rules().relation);
  TRY_STATUS(stage(connection, relation, file));
  TRY_STATUS(exchange.give(file));
  return fmt::format("SELECT * FROM parquet.{}", spark_dialect().identifier(exchange.there(file)));
}

/// The table at its version, with the file of each row. Delta tells no position in it: row 0.
std::string delta_select(const SourceRules& here, const Snapshot& snapshot, Reader reader) {
  const auto& sql = spark_dialect();
  std::string columns;
  for (std::size_t i = 0; i < here.relation.columns.size(); ++i)
    columns +=
        fmt::format("{} AS {}, ", sql.standard(here.relation.columns[i].sql), staged_name(i));
  return fmt::format(
      "SELECT {}regexp_replace(_metadata.file_path, '^file:/+', '/') AS __file, "
      "CAST(0 AS BIGINT) AS __row FROM delta.{} VERSION AS OF {}",
      columns, sql.identifier(spark_name(snapshot.location, reader)), snapshot.version);
}

/// The rules over Spark's relation in place of the one here.
SourceRules over_spark(const SourceRules& here, bool by_spark) {
  auto rules = here;
  for (std::size_t i = 0; i < rules.relation.columns.size(); ++i) {
    auto& column = rules.relation.columns[i];
    column.sql = staged_name(i);
    // Spark reads a Delta `timestamp` as the instant that it is.
    if (by_spark && column.type == ColumnType::utc_time) column.type = ColumnType::instant;
  }
  return rules;
}

}  // namespace

std::string SparkInputs::with() const {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < rules.size(); ++i)
    parts.push_back(fmt::format("{} AS (\n  {}\n)",
                                spark_dialect().identifier(rules[i].relation.name), selects[i]));
  return fmt::format("WITH {}", fmt::join(parts, ",\n"));
}

Result<SparkInputs> open_inputs(duck::Connection& connection, const CanalLoad& load,
                                const InputsWay& way) {
  SparkInputs inputs;
  TRY_ASSIGN(inputs.relations, duck::open_relations(connection, load, way.only_id_cliente));
  for (std::size_t i = 0; i < inputs.relations.size(); ++i) {
    auto& relation = *inputs.relations[i];
    const auto& delivery = *load.sources[i].delivery;
    const bool by_spark = delivery.delta && delivery.files.empty();
    if (by_spark) {
      inputs.selects.push_back(delta_select(relation.rules(), *delivery.delta, way.reader));
    } else {
      const auto file = way.folder / fmt::format("delivered-{}.parquet", i);
      TRY_ASSIGN(auto select, staged_select(connection, relation, file, way.exchange, way.staging));
      inputs.selects.push_back(std::move(select));
    }
    inputs.rules.push_back(over_spark(relation.rules(), by_spark));
  }
  return inputs;
}

}  // namespace quarentena::spark
