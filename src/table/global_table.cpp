#include "table/global_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include "table/durable.h"
#include "table/table.h"

namespace quarentena {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<const char*, const char*>, 9> kColumns = {{
    {"id_cliente", "string"},
    {"canal", "string"},
    {"email", "string"},
    {"telefone", "string"},
    {"assunto", "string"},
    {"data_envio", "date"},
    {"qtd_dias", "integer"},
    {"saida_prevista", "date"},
    {"data_carga", "date"},
}};

/// Features that ask nothing of a writer that only adds and removes whole files, or that the kernel
/// honours by itself. The first two may be listed without being in use; in use they are refused
/// below.
constexpr std::array kWriterFeatures = {
    "appendOnly",     "changeDataFeed",       "invariants",        "deletionVectors",
    "v2Checkpoint",   "vacuumProtocolCheck",  "inCommitTimestamp", "domainMetadata",
    "catalogManaged", "catalogOwned-preview",
};

constexpr const char* kOtherTable =
    "point `table:` at another folder, or give this table back the shape we created it with";

tl::unexpected<Error> refuse(const std::string& location, const std::string& reason) {
  return fail(ErrorKind::config, fmt::format("Delta table {}: {}", location, reason), kOtherTable);
}

std::string describe_columns(const json& columns) {
  std::vector<std::string> texts;
  for (const auto& column : columns) {
    const auto& type = column.at("type");
    texts.push_back(fmt::format("{} {}{}", column.at("name").get<std::string>(),
                                type.is_string() ? type.get<std::string>() : type.dump(),
                                column.value("nullable", true) ? "" : " NOT NULL"));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// A comment is harmless; a generation expression, identity, invariant or widening is not.
std::optional<std::string> binding_metadata(const json& columns) {
  for (const auto& column : columns) {
    const auto metadata = column.value("metadata", json::object());
    for (const auto& [key, value] : metadata.items()) {
      if (key != "comment") return column.at("name").get<std::string>() + "'s " + key;
    }
  }
  return std::nullopt;
}

std::optional<std::string> binding_property(const json& configuration) {
  for (const auto& [key, value] : configuration.items()) {
    if (key.rfind("delta.constraints.", 0) == 0) return key;
    const bool on =
        value == "true" && (key == "delta.appendOnly" || key == "delta.enableChangeDataFeed" ||
                            key == "delta.enableRowTracking");
    const bool mapped = key == "delta.columnMapping.mode" && value != "none";
    if (on || mapped) return fmt::format("{} = {}", key, value.get<std::string>());
  }
  return std::nullopt;
}

std::optional<std::string> unknown_feature(const json& features) {
  if (!features.is_array()) return std::nullopt;
  for (const auto& feature : features) {
    const auto same = [&](const char* known) { return feature == known; };
    if (std::none_of(kWriterFeatures.begin(), kWriterFeatures.end(), same)) return feature;
  }
  return std::nullopt;
}

json removed_partitions(const ReplaceDay& change) {
  const auto day = change.data_carga.iso();
  json partitions = json::array();
  if (change.others == ReplaceDay::Others::remove) {
    partitions.push_back({{"data_carga", day}});
    return partitions;
  }
  for (const auto& [canal, fingerprint] : change.fingerprints)
    partitions.push_back({{"data_carga", day}, {"canal", canal}});
  return partitions;
}

std::string quoted(const std::string& text) {
  std::string literal = "'";
  for (const char c : text) literal += c == '\'' ? "''" : std::string(1, c);
  return literal + "'";
}

/// As Spark writes replaceWhere into the log.
std::string predicate(const ReplaceDay& change) {
  const auto day = fmt::format("data_carga = DATE '{}'", change.data_carga.iso());
  if (change.others == ReplaceDay::Others::remove) return day;
  std::vector<std::string> canais;
  for (const auto& [canal, fingerprint] : change.fingerprints) canais.push_back(quoted(canal));
  return fmt::format("{} AND canal IN ({})", day, fmt::join(canais, ", "));
}

json to_json(const ReplaceDay& change) {
  json files = json::array();
  for (const auto& file : change.files) {
    json partition = json::object();
    for (const auto& [column, value] : file.partition) {
      partition[column] = value ? json(*value) : json();
    }
    auto stats = json::parse(file.stats_json, nullptr, /*allow_exceptions=*/false);
    files.push_back({{"path", file.path},
                     {"partition", std::move(partition)},
                     {"size", file.size_bytes},
                     {"modified_ms", file.modified_ms},
                     {"stats", stats.is_object() ? std::move(stats) : json::object()}});
  }
  json txns = json::array();
  for (const auto& [canal, fingerprint] : change.fingerprints)
    txns.push_back({{"app_id", txn_app_id(change.data_carga, canal)}, {"version", fingerprint}});
  return {{"txns", std::move(txns)},
          {"commit_info", change.commit_info},
          {"operation_parameters",
           {{"mode", "Overwrite"},
            {"partitionBy", json(kGlobalPartitions).dump()},
            {"predicate", predicate(change)}}},
          {"remove", removed_partitions(change)},
          {"add", std::move(files)}};
}

}  // namespace

json global_schema() {
  json fields = json::array();
  for (const auto& [name, type] : kColumns) {
    fields.push_back(
        {{"name", name}, {"type", type}, {"nullable", true}, {"metadata", json::object()}});
  }
  return {{"type", "struct"}, {"fields", std::move(fields)}};
}

std::string txn_app_id(Date data_carga, const std::string& canal) {
  return fmt::format("quarentena:{}:{}", data_carga.iso(), canal);
}

Status refuse_foreign(const json& description, const std::string& location) {
  const auto& columns = description.at("columns");
  const auto expected = global_schema().at("fields");
  if (const auto ours = describe_columns(expected), there = describe_columns(columns);
      ours != there) {
    return refuse(location, fmt::format("its columns are ({}), ours are ({})", there, ours));
  }
  if (const auto& partitions = description.at("partition_columns");
      partitions != kGlobalPartitions) {
    return refuse(location, fmt::format("it is partitioned by ({}), ours by ({})",
                                        fmt::join(partitions.get<std::vector<std::string>>(), ", "),
                                        fmt::join(kGlobalPartitions, ", ")));
  }
  if (const auto metadata = binding_metadata(columns)) {
    return refuse(location, "its column " + *metadata + " is not something we keep");
  }
  if (const auto property = binding_property(description.at("configuration"))) {
    return refuse(location, "its property " + *property + " is not something we keep");
  }
  if (const auto feature = unknown_feature(description.at("writer_features"))) {
    return refuse(location, "its writer feature " + *feature + " is not one we write");
  }
  return {};
}

Result<CommitOutcome> replace_day_on(const NativeTable& table, const TableAt& at,
                                     const ReplaceDay& change) {
  TRY_ASSIGN(const auto description, describe(table, at.location));
  TRY_STATUS(refuse_foreign(description, at.location));
  TRY_STATUS(make_durable(at.location, change.files));
  return commit(table, at, to_json(change), kCheckpointEvery);
}

Result<std::variant<Committed, Conflict>> replace_day(const TableAt& at, const ReplaceDay& change) {
  TRY_ASSIGN(const auto table, open_table(at));
  if (table) return replace_day_on(table, at, change);
  TRY_STATUS(make_durable(at.location, change.files));
  auto creation = to_json(change);
  creation.erase("remove");
  return create(at, global_schema(), kGlobalPartitions, creation);
}

Result<std::optional<Day>> read_day(const TableAt& at, Date data_carga,
                                    const std::vector<std::string>& canais) {
  TRY_ASSIGN(const auto table, open_table(at));
  if (!table) return std::nullopt;
  TRY_ASSIGN(const auto description, describe(table, at.location));
  TRY_ASSIGN(const auto files, list_files(table, at.location));
  Day day;
  day.version = description.at("version");
  for (const auto& file : files) {
    const auto& partition = file.at("partition");
    const auto canal = partition.value("canal", json());
    if (canal.is_string() && partition.value("data_carga", json()) == data_carga.iso())
      day.canais.insert(canal.get<std::string>());
  }
  for (const auto& canal : canais) {
    TRY_ASSIGN(const auto found, last_txn(table, at.location, txn_app_id(data_carga, canal)));
    if (found) day.fingerprints[canal] = *found;
  }
  return day;
}

Status check_writable(const TableAt& at) {
  TRY_ASSIGN(const auto table, open_table(at));
  if (!table) return {};
  TRY_ASSIGN(const auto description, describe(table, at.location));
  TRY_STATUS(refuse_foreign(description, at.location));
  return kernel_writes_to(table, at.location);
}

}  // namespace quarentena
