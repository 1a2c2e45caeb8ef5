#include "table/native_table.h"

#include <fmt/format.h>
#include <quarentena_native.h>

#include "store/native_error.h"

namespace quarentena {
namespace {

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
  return nlohmann::json::parse(take_native_text(json));
}

Result<CommitOutcome> outcome(qn_status status, std::int64_t version, char* error,
                              const std::string& location) {
  if (status == QN_OK) return Committed{version};
  if (status == QN_CONFLICT) return Conflict{};
  return tl::unexpected(native_error(status, error, location));
}

/// qn_catalog over a CommitCatalog. Its error goes around native/, which has no place for a hint.
struct Ratifier {
  const CommitCatalog* catalog;
  std::optional<Error> error;

  static std::int32_t ratify(void* context, const char* commit_json,
                             void (*give)(void* sink, const char* text), void* sink) {
    auto& self = *static_cast<Ratifier*>(context);
    const auto commit = nlohmann::json::parse(commit_json);
    std::optional<std::int64_t> published;
    if (commit.at("published").is_number()) published = commit["published"];
    const auto done =
        self.catalog->ratify({commit.at("version"), commit.at("timestamp_ms"),
                              commit.at("file_name"), commit.at("size"), commit.at("modified_ms")},
                             published);
    if (done) return *done ? QN_OK : QN_CONFLICT;
    self.error = done.error();
    give(sink, self.error->what.c_str());
    return QN_CONFIG;
  }
};

}  // namespace

const qn_store* store_of(const TableAt& at) { return at.store ? at.store->handle() : nullptr; }

void CloseTable::operator()(qn_table* table) const { qn_table_close(table); }

Error native_error(int status, char* text, const std::string& location) {
  const auto place = "Delta table " + location;
  if (is_object_store(location) && status != QN_DATA) return store_error(status, text, place);
  return Error{kind_of_native(status), fmt::format("{}: {}", place, take_native_text(text)),
               hint_of(status)};
}

Result<std::string> ratified_of(const TableAt& at) {
  if (!at.commits) return std::string();
  TRY_ASSIGN(const auto ratified, at.commits->ratified());
  auto commits = nlohmann::json::array();
  for (const auto& each : ratified.commits)
    commits.push_back({{"version", each.version},
                       {"timestamp_ms", each.timestamp_ms},
                       {"file_name", each.file_name},
                       {"size", each.size_bytes},
                       {"modified_ms", each.modified_ms}});
  return nlohmann::json{{"latest", ratified.latest}, {"commits", std::move(commits)}}.dump();
}

Result<NativeTable> open_table(const TableAt& at, const AsOf& as_of) {
  TRY_ASSIGN(const auto ratified, ratified_of(at));
  qn_table* table = nullptr;
  char* error = nullptr;
  const auto status =
      qn_table_open(at.location.c_str(), store_of(at), ratified.c_str(), as_of.version.value_or(-1),
                    as_of.timestamp_ms.value_or(-1), &table, &error);
  if (status != QN_OK && status != QN_ABSENT) {
    return tl::unexpected(native_error(status, error, at.location));
  }
  return NativeTable(table);
}

Result<NativeTable> open_present_table(const TableAt& at, const AsOf& as_of) {
  TRY_ASSIGN(auto table, open_table(at, as_of));
  if (!table) {
    return fail(ErrorKind::missing, fmt::format("no Delta table at {}", at.location),
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

Result<CommitOutcome> commit(const NativeTable& table, const TableAt& at,
                             const nlohmann::json& change, std::int64_t checkpoint_every) {
  std::int64_t version = 0;
  char* error = nullptr;
  Ratifier ratifier{at.commits.get(), {}};
  const qn_catalog catalog{&ratifier, Ratifier::ratify};
  const auto status =
      qn_table_commit(table.get(), change.dump().c_str(), at.commits ? &catalog : nullptr,
                      checkpoint_every, &version, &error);
  if (!ratifier.error) return outcome(status, version, error, at.location);
  qn_text_free(error);
  return tl::unexpected<Error>(std::move(*ratifier.error));
}

Result<CommitOutcome> create(const TableAt& at, const nlohmann::json& schema,
                             const std::vector<std::string>& partition_columns,
                             const nlohmann::json& change) {
  std::int64_t version = 0;
  char* error = nullptr;
  const auto status = qn_table_create(at.location.c_str(), store_of(at), schema.dump().c_str(),
                                      nlohmann::json(partition_columns).dump().c_str(),
                                      change.dump().c_str(), &version, &error);
  return outcome(status, version, error, at.location);
}

}  // namespace quarentena
