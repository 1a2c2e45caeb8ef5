#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "sources/delivery.h"
#include "staging/kept_deliveries.h"
#include "trust/acceptance.h"
#include "trust/ledger_row.h"
#include "trust/memory.h"

namespace quarentena {

/// Rows of a source that came on a later day: a Parquet file of the standard columns. Whoever makes
/// it keeps it until the run has ended.
struct LateRows {
  std::string source;
  Source as;  ///< how they are read: every column by its own name
  Delivery delivery;
};

/// How rows of the standard columns are read.
Source standard_columns(const Source& source);
/// Under what name late rows are kept: a source's own deliveries are another thing.
Source late_rows_of(const Source& source);

/// One source on the day of a run: what is remembered of it, what came, what is thought of that,
/// and what counts in the end. Used by one thread at a time.
class SourceDay {
 public:
  const Source* source = nullptr;
  SourceMemory memory;
  std::optional<Delivery> delivery;  ///< of today; absent: it was not asked, or nothing came
  std::optional<Error> error;        ///< why nothing came, or why it could not be read
  std::string id;                    ///< KeptDeliveries::id_of the delivery
  /// The day's row, when what it decided stands: a past day that is computed again.
  std::optional<LedgerRow> then;
  std::optional<std::int64_t> came_ms;  ///< when the delivery came, if that was not today
  std::optional<Source> source_then;    ///< KeptDeliveries::source_then, if that was not today
  std::vector<const LateRows*> late;
  bool judged = false;  ///< the delivery was read and judged
  Verdict verdict;
  Decision decision = Decision::accepted;
  std::optional<InputLoaded> loaded;  ///< of today's delivery alone
  std::int64_t quarantined = 0;       ///< clients of its rows, whichever delivery they are from
  SourceProgress progress;

  /// It is not asked: its last accepted state counts.
  void not_asked();
  /// As not_asked(), and there is no such state.
  void never_asked();

  /// What becomes of a verdict: on_failure decides. The error of a source that ends the run.
  Status decide(Verdict made);

  /// The kept deliveries cannot be read as the source is configured now: from here on they are read
  /// as it was when they came. False: none of them was read otherwise then, or it is done already.
  bool read_as_then();

  /// The inputs of its canal: today's delivery, or those in force. Opens kept ones when needed.
  Result<std::vector<SourceLoad>> inputs(Date day, const KeptDeliveries& kept,
                                         const FetchContext& context);

  /// For the ledger, but for the run.
  LedgerRow row(Date day, const std::string& location) const;
  /// `then`, with what `row` says that is in force and, when the canal was `read`, its counts.
  LedgerRow row_again(LedgerRow row, bool read) const;

 private:
  struct Opened {
    Delivery delivery;
    std::optional<Source> then;
  };
  Result<const Opened*> kept_delivery(const InForce& in_force, const KeptDeliveries& kept,
                                      const FetchContext& context);
  const Source* read_by(const std::optional<Source>& as_it_came) const {
    return as_then_ && as_it_came ? &*as_it_came : source;
  }
  std::map<std::string, Opened> opened_;
  bool as_then_ = false;
};

/// What the source's expectations say of a delivery that was read.
struct ExpectationsMet {
  std::vector<std::string> broken;  ///< those of severity hold or fail
  std::vector<std::string> warnings;
  std::optional<Acceptance::OnFailure> on_failure;  ///< fail: one of that severity is broken
};
/// `load` is the canal's. Errors: config when one is not SQL.
Result<ExpectationsMet> expectations_of(Engine& engine, const CanalLoad& load,
                                        const SourceDay& day);

/// Text whose last line is whole, as far as its last byte tells.
bool ends_in_newline(const Delivery& delivery, const Format& format);
/// The plan's kept deliveries, wherever staging is. `stop` may be null.
Result<KeptDeliveries> open_kept_deliveries(const Plan& plan, StopFlag stop = nullptr);

/// The files of a delivery, as LedgerRow::files.
std::string files_text(const Source& source, const Delivery& delivery);

}  // namespace quarentena
