#pragma once

#include <optional>
#include <string>
#include <vector>

#include "table/small_table.h"
#include "trust/ledger_row.h"

/// The ledger's rows as those of its table. Internal to src/trust.
namespace quarentena {

const std::vector<SmallColumn>& ledger_columns();
SmallRow to_small_row(const LedgerRow& row);
/// nullopt: a status or decision that we do not know, or no day.
std::optional<LedgerRow> to_ledger_row(SmallRow&& values);

}  // namespace quarentena
