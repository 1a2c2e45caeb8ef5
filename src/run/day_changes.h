#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/table_query.h"
#include "run/pipeline.h"

/// A day as it was computed, compared with the same day as a table holds it.
namespace quarentena {

struct CanalChange {
  std::string canal;
  std::int64_t there = 0;    ///< clients the table has
  std::int64_t now = 0;      ///< clients computed
  std::int64_t entered = 0;  ///< computed, and not in the table
  std::int64_t left = 0;     ///< in the table, and not computed
  std::int64_t altered = 0;  ///< in both, with another contact or another day to leave
  bool same() const { return entered == 0 && left == 0 && altered == 0; }
};

/// The rows of a canal that has some, as a table of DuckDB's SQL.
std::string parquet_rows(const ComputedCanal& canal);

/// One a canal of `computed`, in the canais' order.
Result<std::vector<CanalChange>> changes_of(TableQuery& table, Date data_carga,
                                            const std::vector<ComputedCanal>& computed);

/// Calls `client(canal, id_cliente, enters)` for each who enters or leaves, in that order of
/// columns.
using ClientChange = std::function<void(const std::string&, const std::string&, bool)>;
Status each_change(TableQuery& table, Date data_carga, const std::vector<ComputedCanal>& computed,
                   const ClientChange& client);

}  // namespace quarentena
