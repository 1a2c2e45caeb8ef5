#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/date.h"

namespace quarentena {

/// What came of a source on a day.
enum class SourceStatus {
  received,   ///< whole, in time, as agreed
  unchanged,  ///< the same bytes as the delivery in force before
  late,       ///< whole, but not of this day, or too old
  missing,    ///< nothing at the location
  empty,      ///< there, but no row counts
  truncated,  ///< cut: a format that ends before its end
  shrunken,   ///< far fewer rows than usual (or far more, or far too many rejected)
  drifted,    ///< its columns are not those agreed
  failed,     ///< it could not be asked, or its bytes could not be read
  carried,    ///< it was not asked (`--only`, a day that is computed later)
};
const char* name(SourceStatus status);
std::optional<SourceStatus> source_status(std::string_view name);

/// What was decided about it.
enum class Decision {
  accepted,  ///< the delivery is in force
  carried,   ///< the last accepted state is in force, re-dated
  skipped,   ///< the source counts for nobody on that day
  failed,    ///< the run ended; the table is as it was
  held,      ///< nothing was published: a person must decide
};
const char* name(Decision decision);
std::optional<Decision> decision(std::string_view name);

/// One source on one day. The ledger holds one for every configured source and every day that was
/// run: the last run of a day replaces its rows.
struct LedgerRow {
  Date data_carga;
  std::string source;
  std::string canal;
  SourceStatus status = SourceStatus::failed;
  Decision decision = Decision::failed;
  std::string reason;    ///< why, with the numbers; empty when received and accepted
  std::string expected;  ///< what was asked of the delivery, in words
  // What came; empty or absent when nothing did.
  std::string location;
  std::string files;  ///< JSON: [{"name", "size_bytes", "modified_at", "sha256"}]
  std::string digest;
  std::optional<std::int64_t> size_bytes;
  std::optional<std::int64_t> modified_ms;  ///< of the newest file
  std::optional<std::int64_t> rows_read;
  std::optional<std::int64_t> rows_counted;  ///< that `where` keeps
  std::optional<std::int64_t> rows_rejected;
  std::optional<Date> newest_data_envio;
  std::string columns;  ///< JSON object: column to type, as delivered
  // What is in force.
  std::string in_force;                ///< the kept delivery's id; empty: none
  std::optional<Date> in_force_since;  ///< the day it was accepted for
  std::string late_rows;  ///< the kept rows that came on later days and count too; empty: none
  std::optional<std::int64_t> rows_quarantined;
  std::optional<int> dias;  ///< the period applied; absent: until removed
  // Who decided.
  std::string run_id;
  std::int64_t decided_ms = 0;
  std::string approved;  ///< JSON: the release approved for its canal, by whom, why; or empty

  bool carried() const { return decision == Decision::carried; }
  /// Some delivery of the source counts on the day.
  bool counts() const { return decision == Decision::accepted || carried(); }
  /// It was not asked, and nothing of it was ever accepted.
  bool never_asked() const {
    return decision == Decision::skipped && status == SourceStatus::carried;
  }
  /// The table holds the day as the row says.
  bool published() const { return counts() || decision == Decision::skipped; }
  friend bool operator==(const LedgerRow&, const LedgerRow&) = default;
};

}  // namespace quarentena
