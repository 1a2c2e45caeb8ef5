#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <thread>

#include "run/fingerprint.h"
#include "run/rejects.h"
#include "run/run.h"
#include "table/lost_race.h"

namespace quarentena {

/// The day as the table has it; read once, and again when somebody else committed.
Status Run::look_at_day() {
  std::vector<std::string> canais;
  for (const auto& [canal, value] : fingerprints_) canais.push_back(canal);
  TRY_ASSIGN(there_, read_day(published_->at, options_.data_carga, canais));
  if (there_) report_.version = there_->version;
  return {};
}

/// Something of what this run would publish is not in the table yet, or not in the ledger.
bool Run::changed() const {
  if (!there_) return true;
  for (const auto& [canal, value] : fingerprints_) {
    const auto there = there_->fingerprints.find(canal);
    // A canal whose rows somebody deleted since is loaded again; an empty one has none to miss.
    const auto expected = there_->canais.count(canal) ? value : left_empty(value);
    if (there == there_->fingerprints.end() || there->second != expected) return true;
  }
  if (!ledger_knows()) return true;
  if (others() == ReplaceDay::Others::keep) return false;
  // A canal that is no longer configured leaves the day.
  return std::any_of(there_->canais.begin(), there_->canais.end(),
                     [&](const auto& canal) { return !fingerprints_.count(canal); });
}

/// The ledger has the day's row of every delivery, so that nothing is to be found out.
bool Run::ledger_knows() const {
  return std::all_of(days_.begin(), days_.end(), [&](const SourceDay& day) {
    if (!day.delivery || day.judged) return true;
    const auto* row = ledger_->find(options_.data_carga, day.source->name);
    return row != nullptr && row->in_force == day.id;
  });
}

ReplaceDay Run::change(const PlacedFiles& placed) const {
  ReplaceDay change;
  change.data_carga = options_.data_carga;
  change.others = others();
  change.files = placed.files();
  std::vector<std::string> rows, digests;
  for (std::size_t i = 0; i < canais_.size(); ++i) {
    const auto& canal = canais_[i].canal;
    const auto value = fingerprints_.at(canal);
    const auto quarantined = loaded_[i].account().quarantined;
    change.fingerprints[canal] = quarantined > 0 ? value : left_empty(value);
    rows.push_back(fmt::format("{}={}", canal, quarantined));
    digests.push_back(fmt::format("{}={:016x}", canal, value));
  }
  std::sort(rows.begin(), rows.end());
  std::sort(digests.begin(), digests.end());
  change.commit_info["runId"] = report_.run_id;
  change.commit_info[kLedgerInfo] = ledger_info(ledger_rows());
  change.commit_info["rowsPerCanal"] = fmt::format("{}", fmt::join(rows, ", "));
  change.commit_info["inputsAndRules"] = fmt::format("{}", fmt::join(digests, ", "));
  return change;
}

Status Run::place_files() {
  int number = 0;
  for (std::size_t i = 0; i < canais_.size(); ++i) {
    const auto& loaded = loaded_[i];
    for (const auto& file : loaded.files) {
      if (!loaded.in_table.empty()) {
        placed_->take(file, loaded.in_table);
        continue;
      }
      TRY_STATUS(
          placed_->place(file, canais_[i].folder,
                         fmt::format("part-{:05}-{}.snappy.parquet", number++, report_.run_id)));
    }
  }
  return {};
}

Result<RunStatus> Run::publish() {
  auto& placed = *placed_;
  TRY_STATUS(place_files());
  for (int attempt = 0; attempt < kCommitAttempts; ++attempt) {
    if (stopped())
      return fail(ErrorKind::machine, "interrupted",
                  "the table is as it was; run again when you like");
    auto outcome = replace_day(published_->at, change(placed));
    if (!outcome) {
      // A store that does not answer may have taken the commit: then the files are the table's.
      if (outcome.error().kind == ErrorKind::transient) placed.keep();
      return fail_with(std::move(outcome));
    }
    if (const auto* committed = std::get_if<Committed>(&*outcome)) {
      placed.keep();
      report_.version = committed->version;
      TRY_STATUS(keep_rejects(
          *store_, {published_->at.location, options_.data_carga, report_.run_id, others()},
          canais_, loaded_, report_.rejects));
      return RunStatus::published;
    }
    std::this_thread::sleep_for(pause_after_lost_race(attempt + 1));
    // Somebody else committed: perhaps this very day. What they left decides whether ours is still
    // wanted, unless it is wanted whatever is there.
    if (options_.force) continue;
    TRY_STATUS(look_at_day());
    if (!changed()) return RunStatus::unchanged;
  }
  return fail(ErrorKind::conflict,
              fmt::format("other writers kept committing to {} first", plan_.table),
              "run again; if it persists, see who writes to the table");
}

std::vector<LedgerRow> Run::ledger_rows() const {
  std::vector<LedgerRow> rows;
  for (std::size_t i = 0; i < days_.size(); ++i) {
    const auto& day = days_[i];
    auto row = day.row(options_.data_carga, report_.sources[i].location);
    if (day.then) row = day.row_again(std::move(row), !loaded_.empty());
    // A run that had nothing to read knows no more than the one before it.
    const auto* known = ledger_->find(options_.data_carga, row.source);
    if (known != nullptr && known->in_force == row.in_force && !day.judged && day.delivery)
      row = *known;
    // Nothing was loaded: of what is in force, as many are in the table as before.
    if (known != nullptr && known->in_force == row.in_force && loaded_.empty())
      row.rows_quarantined = known->rows_quarantined;
    rows.push_back(std::move(row));
  }
  rows.insert(rows.end(), left_.begin(), left_.end());
  for (auto& row : rows) {
    row.run_id = report_.run_id;
    row.decided_ms = report_.started_ms;
    const auto approval = approvals_.find(row.canal);
    row.approved = approval == approvals_.end() ? std::string() : approval_text(approval->second);
  }
  return rows;
}

Status Run::record() {
  const auto rows = ledger_rows();
  for (std::size_t i = 0; i < days_.size(); ++i) {
    auto& report = report_.sources[i];
    report.came = rows[i].status;
    report.decision = rows[i].decision;
    report.reason = rows[i].reason;
    if (days_[i].error)
      report.hint = days_[i].error->hint;
    else if (days_[i].decision != Decision::accepted)
      report.hint = days_[i].verdict.hint;
    if (rows[i].in_force_since != options_.data_carga)
      report.in_force_since = rows[i].in_force_since;
  }
  if (options_.dry_run) return {};
  if (report_.status == RunStatus::held) {
    std::vector<std::string> canais;
    for (const auto& held : report_.held)
      canais.push_back(fmt::format("{} clients would leave {}", held.releases, held.canal));
    const auto held = unpublished(
        Decision::held, fmt::format("held: {} before their day", fmt::join(canais, ", ")));
    return held.empty() ? Status{} : ledger_->record(held, std::nullopt);
  }
  const bool published = report_.status == RunStatus::published;
  TRY_STATUS(ledger_->record(rows, published ? report_.version : std::nullopt));
  prune_deliveries();
  return {};
}

/// What no day of the last `keep_days` was made of is not kept for longer.
void Run::prune_deliveries() const {
  const Date oldest(options_.data_carga.days() - plan_.keep_days);
  for (const auto& day : days_) {
    std::set<std::string> in_use;
    for (const auto& row : ledger_->rows())
      if (row.source == day.source->name && row.data_carga >= oldest) in_use.insert(row.in_force);
    kept_->prune(day.source->name, in_use, plan_.keep_days);
    std::set<std::string> late;
    for (const auto& row : ledger_->rows())
      if (row.source == day.source->name && row.data_carga >= oldest) late.insert(row.late_rows);
    kept_->prune(late_rows_of(*day.source).name, late, plan_.keep_days);
  }
}

/// The rows of a day that this run does not publish. One that is published already keeps its rows:
/// they say what the table holds.
std::vector<LedgerRow> Run::unpublished(Decision decision, const std::string& why) const {
  auto rows = ledger_rows();
  std::erase_if(rows, [&](const LedgerRow& row) {
    const auto* known = ledger_->find(row.data_carga, row.source);
    return known != nullptr && known->published();
  });
  for (auto& row : rows) {
    if (row.decision != Decision::failed) row.reason = why;
    row.decision = decision;
    row.in_force.clear();
    row.in_force_since.reset();
    row.rows_quarantined.reset();
  }
  return rows;
}

void Run::record_failure(const Error& error) {
  if (!ledger_ || options_.dry_run) return;
  const auto rows = unpublished(Decision::failed, "the run ended: " + error.what);
  if (!rows.empty()) (void)ledger_->record(rows, std::nullopt);  // the run's own error is told
}

}  // namespace quarentena
