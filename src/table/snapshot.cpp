#include <fmt/format.h>
#include <quarentena_native.h>

#include "store/native_error.h"
#include "table/durable.h"
#include "table/native_table.h"
#include "table/recent_commits.h"
#include "table/table.h"

namespace quarentena {
namespace {

using nlohmann::json;

std::string as_text(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::map<std::string, std::optional<std::string>> partition_of(const json& object) {
  std::map<std::string, std::optional<std::string>> partition;
  for (const auto& [column, value] : object.items()) {
    partition[column] = value.is_null() ? std::nullopt : std::optional(value.get<std::string>());
  }
  return partition;
}

/// Widened columns keep their older files in the older type, which plain Parquet readers refuse or
/// misread when the files come together.
bool has_widened_columns(const json& columns) {
  return columns.dump().find("\"delta.typeChanges\"") != std::string::npos;
}

bool maps_columns(const json& configuration) {
  return configuration.value("delta.columnMapping.mode", "none") != "none";
}

Snapshot to_snapshot(const TableAt& at, const json& table, const json& files) {
  Snapshot snapshot;
  snapshot.location = at.location;
  snapshot.store = at.store;
  snapshot.commits = at.commits;
  snapshot.version = table.at("version");
  snapshot.timestamp_ms = table.at("timestamp_ms");
  snapshot.table_id = table.at("id");
  snapshot.partition_columns = table.at("partition_columns");
  for (const auto& column : table.at("columns")) {
    snapshot.columns.push_back({column.at("name"), as_text(column.at("type"))});
  }
  bool deletion_vectors = false;
  for (const auto& file : files) {
    deletion_vectors |= file.at("deletion_vector").get<bool>();
    const auto& rows = file.at("rows");
    const std::string path = file.at("path");
    snapshot.files.push_back({at.store ? percent_decoded(path) : path, file.at("size"),
                              rows.is_null() ? -1 : rows.get<std::int64_t>(),
                              partition_of(file.at("partition")),
                              file.at("deletion_vector").get<bool>()});
  }
  snapshot.plain_columns =
      !maps_columns(table.at("configuration")) && !has_widened_columns(table.at("columns"));
  snapshot.plain_parquet = !at.store && !deletion_vectors && snapshot.plain_columns;
  return snapshot;
}

Commit to_commit(const json& entry) {
  Commit commit{entry.at("version"), entry.at("timestamp_ms"), {}, {}};
  for (const auto& [name, value] : entry.at("info").items()) {
    if (name == "operation") {
      commit.operation = as_text(value);
    } else if (!value.is_null()) {
      commit.info[name] = as_text(value);
    }
  }
  return commit;
}

struct CloseScan {
  void operator()(qn_scan* scan) const { qn_scan_close(scan); }
};

class NativeScan final : public DeltaScan {
 public:
  NativeScan(std::string location, qn_scan* scan) : location_(std::move(location)), scan_(scan) {}

  Result<bool> next(void* schema, void* array) override {
    char* error = nullptr;
    const auto status = qn_scan_next(scan_.get(), schema, array, &error);
    if (status == QN_ABSENT) return false;
    if (status != QN_OK) return tl::unexpected(native_error(status, error, location_));
    return true;
  }

 private:
  std::string location_;
  std::unique_ptr<qn_scan, CloseScan> scan_;
};

}  // namespace

Result<std::optional<Snapshot>> read_snapshot(const TableAt& at, const AsOf& as_of) {
  TRY_ASSIGN(const auto table, open_table(at, as_of));
  if (!table) return std::nullopt;
  TRY_ASSIGN(const auto description, describe(table, at.location));
  TRY_ASSIGN(const auto files, list_files(table, at.location));
  return to_snapshot(at, description, files);
}

Result<std::optional<std::vector<Commit>>> history(const TableAt& at) {
  return commits_after(at, -1);
}

Result<std::optional<std::vector<Commit>>> commits_after(const TableAt& at, std::int64_t version) {
  char *text = nullptr, *error = nullptr;
  TRY_ASSIGN(const auto ratified, ratified_of(at));
  const auto status =
      qn_table_history(at.location.c_str(), store_of(at), ratified.c_str(), version, &text, &error);
  if (status == QN_ABSENT) return std::nullopt;
  if (status != QN_OK) return tl::unexpected(native_error(status, error, at.location));
  std::vector<Commit> commits;
  for (const auto& entry : json::parse(take_native_text(text))) commits.push_back(to_commit(entry));
  return commits;
}

Result<std::unique_ptr<DeltaScan>> scan(const TableAt& at, const AsOf& as_of,
                                        const std::vector<std::string>& columns) {
  TRY_ASSIGN(const auto table, open_present_table(at, as_of));
  qn_scan* opened = nullptr;
  char* error = nullptr;
  const auto status = qn_scan_open(table.get(), json(columns).dump().c_str(), &opened, &error);
  if (status != QN_OK) return tl::unexpected(native_error(status, error, at.location));
  return std::make_unique<NativeScan>(at.location, opened);
}

}  // namespace quarentena
