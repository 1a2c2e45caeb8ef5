#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "table/table.h"

struct qn_table;

/// native/'s Delta calls as Results. Internal to src/table.
namespace quarentena {

struct CloseTable {
  void operator()(qn_table* table) const;
};
/// A snapshot: never changes, may be read from several threads.
using NativeTable = std::unique_ptr<qn_table, CloseTable>;

/// Null for a table on this machine.
const qn_store* store_of(const TableAt& at);

/// What the catalog that decides on the commits says, as qn_table_open takes it; empty: none does.
Result<std::string> ratified_of(const TableAt& at);

/// A null table: none there.
Result<NativeTable> open_table(const TableAt& at, const AsOf& as_of = {});
/// As open_table, but an absent table is an error.
Result<NativeTable> open_present_table(const TableAt& at, const AsOf& as_of = {});

/// See qn_table_describe and qn_table_files for the documents.
Result<nlohmann::json> describe(const NativeTable& table, const std::string& location);
Result<nlohmann::json> list_files(const NativeTable& table, const std::string& location);

Result<std::optional<std::int64_t>> last_txn(const NativeTable& table, const std::string& location,
                                             const std::string& app_id);

/// What the kernel itself refuses to write to.
Status kernel_writes_to(const NativeTable& table, const std::string& location);

using CommitOutcome = std::variant<Committed, Conflict>;
/// See qn_table_commit and qn_table_create for `change`.
Result<CommitOutcome> commit(const NativeTable& table, const TableAt& at,
                             const nlohmann::json& change, std::int64_t checkpoint_every);
Result<CommitOutcome> create(const TableAt& at, const nlohmann::json& schema,
                             const std::vector<std::string>& partition_columns,
                             const nlohmann::json& change);

/// An error of native/ about the table at `location`; frees `text`.
Error native_error(int status, char* text, const std::string& location);

}  // namespace quarentena
