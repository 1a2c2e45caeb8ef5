#pragma once

#include "base/error.h"
#include "engine/duckdb/arena.h"
#include "engine/duckdb/database.h"

namespace quarentena::duck {

/// Makes the aggregate of the rules' DuckDB dialect known to a connection:
///   leaves_last(data_envio DATE, email VARCHAR, telefone VARCHAR, assunto VARCHAR, source INTEGER)
///     -> STRUCT(email VARCHAR, telefone VARCHAR, assunto VARCHAR, data_envio DATE, source INTEGER)
/// It keeps the row with the latest data_envio (NULL last), then the smallest (email, telefone,
/// assunto) by bytes with NULLs last, then the smallest source: DESIGN rule 3.3.
///
/// Why ours: it compares dates first and touches texts only on a tie, in one pass; a window or
/// DuckDB's min(struct) over the same rows takes about twice the time (docs/performance.md).
///
/// The kept texts live in `arena`, results point into it: it must outlive what the queries give.
Status use_leaves_last(Connection& connection, Arena& arena);

/// Once per database, before the first use.
Status register_leaves_last(Connection& connection);

}  // namespace quarentena::duck
