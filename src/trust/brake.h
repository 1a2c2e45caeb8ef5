#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/plan.h"
#include "engine/engine.h"
#include "trust/ledger_row.h"

/// The release brake: when may a day be published that lets clients go before their period is over?
/// Pure.
namespace quarentena {

/// A person's word that clients may leave a canal early on one day: up to `ceiling` of them.
struct Approval {
  std::string canal;
  std::int64_t ceiling = 0;
  std::int64_t releases = 0;  ///< how many there were when it was given
  std::string by;             ///< user@host
  std::string why;
  std::int64_t at_ms = 0;
  friend bool operator==(const Approval&, const Approval&) = default;
};

/// As LedgerRow::approved, and back. nullopt: it is no approval.
std::string approval_text(const Approval& approval);
std::optional<Approval> approval_in(const std::string& text);

/// By canal: what the day's rows of the ledger hold.
std::map<std::string, Approval> approvals_of(const std::vector<LedgerRow>& rows, Date day);

/// How many of `due` clients may leave early: the larger of the brake's two limits, both of which
/// must be passed, or what was approved.
std::int64_t releases_allowed(const Brake& brake, std::int64_t due,
                              const std::optional<Approval>& approval);

/// Why the client would leave: "absent from crm's delivery of 2024-05-28", "period shortened from
/// 30 to 20". `load` has what is in force of the canal; without inputs: no source of it counts.
/// `configured`: some source of the configuration feeds the canal.
std::string why_released(const EarlyRelease& release, const CanalLoad& load, bool configured);

}  // namespace quarentena
