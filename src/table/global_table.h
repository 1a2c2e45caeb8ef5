#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "base/date.h"
#include "base/error.h"
#include "table/native_table.h"

/// quarentena_global: its columns and what a table must be for us to write to it. Internal to
/// src/table.
namespace quarentena {

/// Delta's schema as JSON: the nine columns, all nullable.
nlohmann::json global_schema();

inline const std::vector<std::string> kGlobalPartitions = {"data_carga", "canal"};
inline constexpr std::int64_t kCheckpointEvery = 10;

/// The application of the txn of a day's canal; its version is the fingerprint.
std::string txn_app_id(Date data_carga, const std::string& canal);

/// Judges qn_table_describe's document.
Status refuse_foreign(const nlohmann::json& description, const std::string& location);

/// replace_day on a snapshot already taken: what a writer does that lost the race since.
Result<CommitOutcome> replace_day_on(const NativeTable& table, const TableAt& at,
                                     const ReplaceDay& change);

}  // namespace quarentena
