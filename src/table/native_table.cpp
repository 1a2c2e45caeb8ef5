#include "table/native_table.h"

#include <fmt/format.h>
#include <quarentena_native.h>

namespace quarentena {
namespace {

ErrorKind kind_of(int status) {
  switch (status) {
    case QN_CONFLICT:
      return ErrorKind::conflict;
    case QN_CONFIG:
      return ErrorKind::config;
    case QN_AUTH:
      return ErrorKind::auth;
    case QN_ABSENT:
    case QN_MISSING:
      return ErrorKind::missing;
    case QN_TRANSIENT:
      return ErrorKind::transient;
    case QN_DATA:
      return ErrorKind::data;
    case QN_MACHINE:
      return ErrorKind::machine;
    default:
      return ErrorKind::bug;
  }
}

const char* hint_of(int status) {
  switch (status) {
    case QN_AUTH:
      return "check who may read and write that folder";
    case QN_TRANSIENT:
      return "the same command may work later";
    case QN_DATA:
      return "the table's log or one of its files is damaged, or newer than this version reads";
    case QN_MACHINE:
      return "check the free space and the health of the disk";
    case QN_BUG:
      return "please report it with the command that led here";
    default:
      return "";
  }
}

Result<nlohmann::json> document(qn_status status, char* json, char* error,
                                const std::string& location) {
  if (status != QN_OK) return tl::unexpected(native_error(status, error, location));
  return nlohmann::json::parse(take_text(json));
}

Result<CommitOutcome> outcome(qn_status status, std::int64_t version, char* error,
                              const std::string& location) {
  if (status == QN_OK) return Committed{version};
  if (status == QN_CONFLICT) return Conflict{};
  return tl::unexpected(native_error(status, error, location));
}

}  // namespace

void CloseTable::operator()(qn_table* table) const { qn_table_close(table); }

std::string take_text(char* text) {
  std::string copy = text ? text : "";
  qn_text_free(text);
  return copy;
}

Error native_error(int status, char* text, const std::string& location) {
  return Error{kind_of(status), fmt::format("Delta table {}: {}", location, take_text(text)),
               hint_of(status)};
}

Result<NativeTable> open_table(const std::string& location, const AsOf& as_of) {
  qn_table* table = nullptr;
  char* error = nullptr;
  const auto status = qn_table_open(location.c_str(), as_of.version.value_or(-1),
                                    as_of.timestamp_ms.value_or(-1), &table, &error);
  if (status != QN_OK && status != QN_ABSENT) {
    return tl::unexpected(native_error(status, error, location));
  }
  return NativeTable(table);
}

Result<NativeTable> open_present_table(const std::string& location, const AsOf& as_of) {
  TRY_ASSIGN(auto table, open_table(location, as_of));
  if (!table) {
    return fail(ErrorKind::missing, fmt::format("no Delta table at {}", location),
                "a Delta table is a folder that holds _delta_log");
  }
  return table;
}

Result<nlohmann::json> describe(const NativeTable& table, const std::string& location) {
  char *json = nullptr, *error = nullptr;
  const auto status = qn_table_describe(table.get(), &json, &error);
  return document(status, json, error, location);
}

Result<nlohmann::json> list_files(const NativeTable& table, const std::string& location) {
  char *json = nullptr, *error = nullptr;
  const auto status = qn_table_files(table.get(), &json, &error);
  return document(status, json, error, location);
}

Result<std::optional<std::int64_t>> last_txn(const NativeTable& table, const std::string& location,
                                             const std::string& app_id) {
  std::int64_t version = 0;
  char* error = nullptr;
  const auto status = qn_table_txn(table.get(), app_id.c_str(), &version, &error);
  if (status == QN_ABSENT) return std::nullopt;
  if (status != QN_OK) return tl::unexpected(native_error(status, error, location));
  return version;
}

Status kernel_writes_to(const NativeTable& table, const std::string& location) {
  char* error = nullptr;
  const auto status = qn_table_check_write(table.get(), &error);
  if (status != QN_OK) return tl::unexpected(native_error(status, error, location));
  return {};
}

Result<CommitOutcome> commit(const NativeTable& table, const std::string& location,
                             const nlohmann::json& change, std::int64_t checkpoint_every) {
  std::int64_t version = 0;
  char* error = nullptr;
  const auto status =
      qn_table_commit(table.get(), change.dump().c_str(), checkpoint_every, &version, &error);
  return outcome(status, version, error, location);
}

Result<CommitOutcome> create(const std::string& location, const nlohmann::json& schema,
                             const std::vector<std::string>& partition_columns,
                             const nlohmann::json& change) {
  std::int64_t version = 0;
  char* error = nullptr;
  const auto status = qn_table_create(location.c_str(), schema.dump().c_str(),
                                      nlohmann::json(partition_columns).dump().c_str(),
                                      change.dump().c_str(), &version, &error);
  return outcome(status, version, error, location);
}

}  // namespace quarentena
