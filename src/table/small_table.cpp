#include "table/small_table.h"

#include <fmt/format.h>
#include <quarentena_native.h>

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>

#include "table/arrow_rows.h"
#include "table/native_table.h"

namespace quarentena {
namespace {

using nlohmann::json;

constexpr std::int64_t kSmallCheckpointEvery = 10;

const char* delta_name(SmallType type) {
  constexpr std::array names = {"string", "long", "integer", "date", "timestamp"};
  return names.at(static_cast<std::size_t>(type));
}

json schema_of(const std::vector<SmallColumn>& columns) {
  json fields = json::array();
  for (const auto& column : columns)
    fields.push_back({{"name", column.name},
                      {"type", delta_name(column.type)},
                      {"nullable", true},
                      {"metadata", json::object()}});
  return {{"type", "struct"}, {"fields", std::move(fields)}};
}

std::string new_file_name() {
  std::random_device random;
  return fmt::format("part-00000-{:08x}{:08x}.snappy.parquet", random(), random());
}

/// A file that no commit names yet: taken back unless keep() was called.
class PlacedFile {
 public:
  PlacedFile(const TableAt& at, std::string name) : at_(at), name_(std::move(name)) {}
  ~PlacedFile() {
    if (kept_) return;
    if (!at_.store) {
      std::error_code ignored;
      std::filesystem::remove(std::filesystem::path(at_.location) / name_, ignored);
    } else {
      (void)at_.store->remove(split_store_path(at_.location + "/" + name_).path);
    }
  }
  PlacedFile(const PlacedFile&) = delete;
  PlacedFile& operator=(const PlacedFile&) = delete;
  const std::string& name() const { return name_; }
  void keep() { kept_ = true; }

 private:
  const TableAt& at_;
  std::string name_;
  bool kept_ = false;
};

/// Its size in bytes, once it is on the disk.
Result<std::int64_t> write_rows(const TableAt& at, const std::string& name,
                                const SmallCommit& change) {
  ArrowColumns columns(change.columns);
  TRY_ASSIGN(auto rows, arrow_of(change.columns, change.rows));
  std::int64_t size_bytes = 0;
  char* error = nullptr;
  const auto status = qn_rows_write(at.location.c_str(), store_of(at), name.c_str(),
                                    columns.schema(), &rows, &size_bytes, &error);
  if (status != QN_OK) return tl::unexpected(native_error(status, error, at.location));
  return size_bytes;
}

enum class Before { goes, stays };

json to_json(const SmallCommit& change, Before before, const std::string& file,
             std::int64_t size_bytes) {
  json txns = json::array();
  for (const auto& [application, version] : change.txns)
    txns.push_back({{"app_id", application}, {"version", version}});
  json to_remove = json::array();
  const bool replaces = before == Before::goes;
  if (replaces && change.on_version >= 0) to_remove.push_back(json::object());  // every file
  return {{"txns", std::move(txns)},
          {"commit_info", change.commit_info},
          {"operation_parameters",
           {{"mode", replaces ? "Overwrite" : "Append"}, {"partitionBy", "[]"}}},
          {"remove", std::move(to_remove)},
          {"add", json::array({{{"path", file},
                                {"partition", json::object()},
                                {"size", size_bytes},
                                {"modified_ms", now_ms()},
                                {"stats", {{"numRecords", change.rows.size()}}}}})}};
}

Result<CommitOutcome> commit_on(const TableAt& at, const SmallCommit& change,
                                const json& document) {
  if (change.on_version < 0) return create(at, schema_of(change.columns), {}, document);
  AsOf as_of;
  as_of.version = change.on_version;
  TRY_ASSIGN(const auto table, open_present_table(at, as_of));
  return commit(table, at.location, document, kSmallCheckpointEvery);
}

Result<CommitOutcome> write_and_commit(const TableAt& at, const SmallCommit& change,
                                       Before before) {
  PlacedFile file(at, new_file_name());
  TRY_ASSIGN(const auto size_bytes, write_rows(at, file.name(), change));
  auto outcome = commit_on(at, change, to_json(change, before, file.name(), size_bytes));
  // A store that does not answer may have taken the commit: then the file is the table's.
  const bool lost = !outcome && outcome.error().kind == ErrorKind::transient;
  if (lost || (outcome && std::holds_alternative<Committed>(*outcome))) file.keep();
  return outcome;
}

Status append_all(DeltaScan& rows_there, const TableAt& at, const std::vector<SmallColumn>& columns,
                  std::vector<SmallRow>& rows) {
  for (;;) {
    ArrowSchema schema{};
    ArrowArray batch{};
    TRY_ASSIGN(const bool more, rows_there.next(&schema, &batch));
    if (!more) return {};
    const auto wrong = append_rows(columns, schema, batch, rows);
    schema.release(&schema);
    batch.release(&batch);
    if (wrong)
      return fail(
          ErrorKind::data,
          fmt::format("Delta table {}: its column {} is not what we write", at.location, *wrong),
          "see who else writes to that table");
  }
}

std::vector<std::string> names_of(const std::vector<SmallColumn>& columns) {
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.name);
  return names;
}

}  // namespace

Result<std::optional<std::int64_t>> latest_version(const TableAt& at) {
  TRY_ASSIGN(const auto table, open_table(at));
  if (!table) return std::nullopt;
  TRY_ASSIGN(const auto description, describe(table, at.location));
  return description.at("version").get<std::int64_t>();
}

Result<SmallTable> read_small_table(const TableAt& at, const std::vector<SmallColumn>& columns,
                                    const std::vector<std::string>& applications) {
  SmallTable small;
  TRY_ASSIGN(const auto table, open_table(at));
  if (!table) return small;
  TRY_ASSIGN(const auto description, describe(table, at.location));
  small.version = description.at("version");
  for (const auto& application : applications) {
    TRY_ASSIGN(const auto found, last_txn(table, at.location, application));
    if (found) small.txns[application] = *found;
  }
  AsOf as_of;
  as_of.version = small.version;
  TRY_ASSIGN(const auto rows_there, scan(at, as_of, names_of(columns)));
  TRY_STATUS(append_all(*rows_there, at, columns, small.rows));
  return small;
}

Result<std::variant<Committed, Conflict>> replace_small_table(const TableAt& at,
                                                              const SmallCommit& change) {
  return write_and_commit(at, change, Before::goes);
}

Result<std::variant<Committed, Conflict>> append_to_small_table(const TableAt& at,
                                                                const SmallCommit& change) {
  return write_and_commit(at, change, Before::stays);
}

}  // namespace quarentena
