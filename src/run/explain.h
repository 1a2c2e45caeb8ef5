#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/date.h"
#include "base/error.h"
#include "config/plan.h"
#include "trust/ledger_row.h"

/// Why a client is, or is not, in quarantine on a day: the published answer, and the deliveries in
/// force read again for this one client. No lineage is stored; what `staging` does not keep any
/// more is said to be missing. Personal data goes to who asks, and nowhere else.
namespace quarentena {

enum class Because {
  in_force,       ///< in quarantine: a row of a delivery in force holds them
  never_seen,     ///< in no delivery in force, nor in the published days looked back on
  expired,        ///< the period is over
  future,         ///< the contact is after the day
  filtered,       ///< `where` does not keep the row
  rejected,       ///< the row cannot be used
  released,       ///< was in the table, and an accepted delivery did not hold them any more
  not_explained,  ///< what would explain it is missing, or contradicts the table
};
const char* name(Because because);

/// Where a delivered row ended: DESIGN's counts.
enum class RowOutcome { quarantined, duplicate, expired, future, filtered, rejected };
const char* name(RowOutcome outcome);

/// A delivered row of the client.
struct EvidenceRow {
  std::string source;
  std::string origin;  ///< the location it came from
  std::string file;    ///< as its origin names it
  std::int64_t row = 0;
  Date accepted_for;  ///< the day of its delivery
  std::optional<std::string> email, telefone, assunto;
  std::optional<std::string> data_envio_text;  ///< as delivered; absent when it came as a date
  std::optional<Date> data_envio;
  std::optional<Date> leaves;  ///< its last day in quarantine; absent: until removed, or no date
  RowOutcome outcome = RowOutcome::rejected;
  std::string why;  ///< the rule with its arithmetic
};

/// A source of the canal on the day, as the ledger has it.
struct EvidenceSource {
  std::string name;
  std::optional<SourceStatus> status;  ///< absent: the ledger has no row of it
  std::optional<Decision> decision;
  std::string reason;
  std::optional<Date> in_force_since;
  std::optional<Date> carried_since;  ///< first day in a row on which it was carried
  /// What cannot be read again, and why; empty: all of it was read.
  std::string missing;
};

/// The row of the table.
struct PublishedRow {
  std::optional<std::string> email, telefone, assunto;
  std::optional<Date> data_envio, saida_prevista;
  std::optional<int> qtd_dias;
};

struct CanalExplanation {
  std::string canal;
  std::optional<PublishedRow> published;  ///< present: in quarantine
  Because because = Because::not_explained;
  std::string reason;  ///< one sentence
  std::vector<EvidenceSource> sources;
  std::vector<EvidenceRow> rows;       ///< the one that counts first
  std::optional<Date> last_published;  ///< the newest day before in which they were in the table
};

struct Explanation {
  std::string id_cliente;
  Date day;
  std::int64_t version = 0;  ///< of the table
  std::vector<CanalExplanation> canais;
  bool in_quarantine() const;
};

struct ExplainOptions {
  std::string id_cliente;
  std::string canal;                        ///< empty: all
  std::optional<Date> day;                  ///< absent: the newest published one
  std::size_t look_back = 30;               ///< published days to search for who is nowhere now
  int threads = 0;                          ///< 0: as many as the machine has
  const std::atomic<bool>* stop = nullptr;  ///< may be null
};

/// Errors: missing (no table, or it does not hold that day), config (no such canal). That evidence
/// cannot be read again is no error: see EvidenceSource::missing.
Result<Explanation> explain(const Plan& plan, const ExplainOptions& options);

}  // namespace quarentena
