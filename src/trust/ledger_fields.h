#pragma once

#include "trust/ledger_row.h"

/// The ledger's columns, in their order: what its table and its commitInfo are both made from.
/// Internal to src/trust.
namespace quarentena {

/// Milliseconds since 1970-01-01T00:00:00Z, told from a count by its type. Refers to a member of
/// the row.
template <class Ms>
struct Instant {
  Ms& ms;
};

/// Calls `visit(name, member)` for every column; a member that is an instant comes as Instant.
template <class Row, class Visit>
void each_field(Row& row, Visit&& visit) {
  visit("data_carga", row.data_carga);
  visit("source", row.source);
  visit("canal", row.canal);
  visit("status", row.status);
  visit("decision", row.decision);
  visit("reason", row.reason);
  visit("expected", row.expected);
  visit("location", row.location);
  visit("files", row.files);
  visit("digest", row.digest);
  visit("size_bytes", row.size_bytes);
  visit("modified_at", Instant<decltype((row.modified_ms))>{row.modified_ms});
  visit("rows_read", row.rows_read);
  visit("rows_counted", row.rows_counted);
  visit("rows_rejected", row.rows_rejected);
  visit("newest_data_envio", row.newest_data_envio);
  visit("columns", row.columns);
  visit("in_force", row.in_force);
  visit("in_force_since", row.in_force_since);
  visit("late_rows", row.late_rows);
  visit("rows_quarantined", row.rows_quarantined);
  visit("dias", row.dias);
  visit("run_id", row.run_id);
  visit("decided_at", Instant<decltype((row.decided_ms))>{row.decided_ms});
  visit("approved", row.approved);
}

}  // namespace quarentena
