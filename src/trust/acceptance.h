#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/plan.h"
#include "engine/engine.h"
#include "sources/delivery.h"
#include "trust/ledger_row.h"
#include "trust/memory.h"

/// Is a delivery to be believed? docs/concepts/trust.md tells users the same in words. Pure.
namespace quarentena {

/// What came of a source.
struct Arrived {
  const Delivery* delivery = nullptr;   ///< null: nothing came, see `error`
  const InputLoaded* loaded = nullptr;  ///< null: not read yet, or it could not be read
  const Error* error = nullptr;         ///< why nothing came, or why it could not be read
  std::vector<std::string> broken;      ///< expectations that do not hold and are `hold`
  std::string id;                       ///< KeptDeliveries::id_of the delivery
  bool ends_in_newline = false;         ///< text files whose last line is whole
  /// Who says that its columns or its last line's end have changed for good, or that an older
  /// delivery again is right, and why: "ana@host: why". Empty: nobody.
  std::string change_accepted = {};
};

/// When the judgement is made.
struct Moment {
  std::int64_t now_ms = 0;
  Date data_carga;
  std::string timezone;
};

struct Verdict {
  SourceStatus status = SourceStatus::received;
  bool accepted = true;
  std::string reason;                 ///< with the numbers; empty when there is nothing to say
  std::vector<std::string> warnings;  ///< of an accepted delivery
  /// In place of the source's own.
  std::optional<Acceptance::OnFailure> on_failure = {};
  std::string hint = {};  ///< how a person may take it all the same; may be empty
};

/// The first that applies: failed, missing, truncated, drifted, empty, late, shrunken, unchanged,
/// received.
Verdict judge(const Source& source, const Arrived& arrived, const SourceMemory& memory,
              const Moment& moment);

/// What is asked of the source's delivery, for the ledger: "by 07:00, at least 1 row, at least 50%
/// of the usual 120 rows".
std::string expected_of(const Source& source, const SourceMemory& memory);

/// Column to type, as LedgerRow::columns.
std::string columns_text(const std::map<std::string, std::string>& columns);

}  // namespace quarentena
