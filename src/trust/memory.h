#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/plan.h"
#include "rules/rules.h"
#include "trust/ledger_row.h"

namespace quarentena {

/// How many accepted loads say what is usual.
inline constexpr std::size_t kUsualLoads = 7;

/// A kept delivery and the day it was accepted for.
struct InForce {
  std::string id;
  Date since;
  friend bool operator==(const InForce&, const InForce&) = default;
};

/// A period and the contacts it is for.
struct PeriodOfContacts {
  Period period;
  SentBetween sent;
};

/// What the ledger says of a source on the eve of a day's decision.
struct SourceMemory {
  /// The last accepted row that is in force on the day: of an earlier day, or of the day itself
  /// when it was run before. Null: nothing was ever accepted.
  const LedgerRow* last = nullptr;
  /// As `last`, of an earlier day.
  const LedgerRow* before = nullptr;
  /// The last accepted delivery's, of an earlier day: what the next one must look like. A row that
  /// is carried tells of the delivery that was refused.
  const LedgerRow* agreed = nullptr;
  /// What takes the place of a delivery that is not accepted, newest first: one of a snapshot, all
  /// that may reach the day of events.
  std::vector<InForce> carried;
  /// Of events: the earlier deliveries that may still reach the day, beside an accepted one.
  std::vector<InForce> earlier;
  /// Of a snapshot: deliveries that were accepted on earlier days and that another one, accepted
  /// since, took the place of; newest first.
  std::vector<InForce> replaced;
  /// The last accepted row, of the day itself too: a carried one tells of a delivery refused.
  const LedgerRow* accepted = nullptr;
  std::vector<std::int64_t> usual;  ///< rows_counted of the last accepted loads before the day
  /// One, unless `dias` changed under `applies: from_now`; oldest contacts first.
  std::vector<PeriodOfContacts> periods;
  bool period_changed = false;  ///< `dias` is not that of the last accepted row

  int longest_period() const;   ///< of any contact, in days; 0 until removed
  std::int64_t median() const;  ///< of `usual`; 0 when it is empty
};

/// `history`: the source's rows up to and including `day`, newest first. Its rows must outlive the
/// memory. Pure.
SourceMemory remember(const Source& source, const std::vector<const LedgerRow*>& history, Date day);

}  // namespace quarentena
