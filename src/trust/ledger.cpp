#include "trust/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <tuple>

#include "base/slashes.h"
#include "table/lost_race.h"
#include "table/recent_commits.h"
#include "trust/ledger_table.h"

namespace quarentena {
namespace {

/// The transaction whose version is that of the main table's commit up to which its log is here.
constexpr const char* kMainTable = "quarentena_global";

auto key_of(const LedgerRow& row) { return std::tie(row.data_carga, row.source); }

bool earlier(const LedgerRow& a, const LedgerRow& b) { return key_of(a) < key_of(b); }

/// Later rows of the same day and source replace earlier ones; sorted.
std::vector<LedgerRow> merged(std::vector<LedgerRow> rows, const std::vector<LedgerRow>& newer) {
  rows.insert(rows.end(), newer.begin(), newer.end());
  std::stable_sort(rows.begin(), rows.end(), earlier);
  std::vector<LedgerRow> kept;
  kept.reserve(rows.size());
  for (auto& row : rows) {
    if (!kept.empty() && key_of(kept.back()) == key_of(row)) {
      kept.back() = std::move(row);
    } else {
      kept.push_back(std::move(row));
    }
  }
  return kept;
}

bool same_but_for_run(const std::vector<LedgerRow>& a, const std::vector<LedgerRow>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, LedgerRow y) {
    y.run_id = x.run_id;
    y.decided_ms = x.decided_ms;
    return x == y;
  });
}

}  // namespace

TableAt ledger_at(const TableAt& table) {
  return TableAt(path_without_slash(table.location) + "_fontes", table.store);
}

Ledger::Ledger(const TableAt& table) : table_(table), at_(ledger_at(table)) {}

Result<Ledger> Ledger::read(const TableAt& table) {
  Ledger ledger(table);
  TRY_STATUS(ledger.reload());
  TRY_ASSIGN(const auto missed, ledger.logged(std::nullopt));
  ledger.rows_ = merged(std::move(ledger.rows_), missed);
  return ledger;
}

Result<std::vector<LedgerRow>> Ledger::unrecorded(const TableAt& table) {
  Ledger ledger(table);
  TRY_STATUS(ledger.reload());
  TRY_ASSIGN(auto missed, ledger.logged(std::nullopt));
  return merged({}, missed);
}

Result<Ledger> Ledger::open(const TableAt& table) {
  Ledger ledger(table);
  TRY_STATUS(ledger.reload());
  TRY_ASSIGN(const auto latest, latest_version(table));
  if (!latest || *latest <= ledger.recorded_) return ledger;
  TRY_ASSIGN(const auto missed, ledger.logged(*latest + 1));
  // Nothing to record, nothing to write: a table of before there were ledgers, or a clean-up.
  if (missed.empty()) {
    ledger.recorded_ = *latest;
    return ledger;
  }
  TRY_STATUS(ledger.record(missed, *latest));
  return ledger;
}

Status Ledger::reload() {
  TRY_ASSIGN(auto small, read_small_table(at_, ledger_columns(), {kMainTable}));
  version_ = small.version;
  const auto txn = small.txns.find(kMainTable);
  recorded_ = txn == small.txns.end() ? -1 : txn->second;
  rows_.clear();
  rows_.reserve(small.rows.size());
  for (auto& values : small.rows) {
    auto row = to_ledger_row(std::move(values));
    if (!row)
      return fail(ErrorKind::data,
                  fmt::format("source ledger {}: a row whose status or decision we do not know",
                              at_.location),
                  "a newer version of quarentena wrote it; install that one");
    rows_.push_back(std::move(*row));
  }
  std::sort(rows_.begin(), rows_.end(), earlier);
  return {};
}

/// What the main table's log has after `recorded_` and before that version, oldest first.
Result<std::vector<LedgerRow>> Ledger::logged(std::optional<std::int64_t> before) const {
  std::vector<LedgerRow> rows;
  TRY_ASSIGN(const auto commits, commits_after(table_, recorded_));
  if (!commits) return rows;
  for (auto commit = commits->rbegin(); commit != commits->rend(); ++commit) {
    if (before && commit->version >= *before) continue;
    const auto info = commit->info.find(kLedgerInfo);
    if (info == commit->info.end()) continue;
    TRY_ASSIGN(const auto carried, rows_of_ledger_info(info->second));
    rows.insert(rows.end(), carried.begin(), carried.end());
  }
  return rows;
}

const LedgerRow* Ledger::find(Date day, const std::string& source) const {
  const auto found =
      std::lower_bound(rows_.begin(), rows_.end(), std::tie(day, source),
                       [](const auto& row, const auto& key) { return key_of(row) < key; });
  const bool there = found != rows_.end() && key_of(*found) == std::tie(day, source);
  return there ? &*found : nullptr;
}

std::vector<const LedgerRow*> Ledger::history(const std::string& source, Date before) const {
  std::vector<const LedgerRow*> found;
  for (auto row = rows_.rbegin(); row != rows_.rend(); ++row)
    if (row->source == source && row->data_carga < before) found.push_back(&*row);
  return found;
}

Status Ledger::record(const std::vector<LedgerRow>& rows,
                      std::optional<std::int64_t> table_version) {
  for (int attempt = 0; attempt < kCommitAttempts; ++attempt) {
    if (attempt > 0) {
      std::this_thread::sleep_for(pause_after_lost_race(attempt));
      TRY_STATUS(reload());
    }
    if (table_version && *table_version <= recorded_) return {};
    auto now = rows_;
    // Others may have published since we looked, and died before they recorded it.
    if (table_version && *table_version > recorded_ + 1) {
      TRY_ASSIGN(const auto missed, logged(*table_version));
      now = merged(std::move(now), missed);
    }
    now = merged(std::move(now), rows);
    if (!table_version && same_but_for_run(now, rows_)) return {};
    TRY_ASSIGN(const bool committed, commit(now, table_version.value_or(recorded_),
                                            rows.empty() ? std::string() : rows.back().run_id));
    if (committed) return {};
  }
  return fail(ErrorKind::conflict,
              fmt::format("other writers kept committing to {} first", at_.location),
              "run again; if it persists, see who writes to that table");
}

/// False: another writer was first.
Result<bool> Ledger::commit(const std::vector<LedgerRow>& rows, std::int64_t recorded,
                            const std::string& run_id) {
  SmallCommit change;
  change.on_version = version_;
  change.columns = ledger_columns();
  change.rows.reserve(rows.size());
  for (const auto& row : rows) change.rows.push_back(to_small_row(row));
  if (recorded >= 0) change.txns[kMainTable] = recorded;
  change.commit_info["runId"] = run_id;
  TRY_ASSIGN(const auto outcome, replace_small_table(at_, change));
  const auto* committed = std::get_if<Committed>(&outcome);
  if (!committed) return false;
  version_ = committed->version;
  recorded_ = recorded;
  rows_ = rows;
  return true;
}

}  // namespace quarentena
