#include "history/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <thread>
#include <tuple>

#include "history/history_row.h"
#include "run/history_at.h"
#include "run/published_table.h"
#include "run/run_marker.h"
#include "table/lost_race.h"

namespace quarentena {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

/// Ids sort by time: those before this one are not kept any more.
std::string oldest_kept(const Plan& plan) {
  return new_run_id(now_ms() - plan.keep_days * kDayMs).substr(0, 16);
}

/// Of this machine's runs those that are not in `known`, oldest first.
std::vector<RunReport> unrecorded(const Plan& plan, const std::set<std::string>& known) {
  std::vector<RunReport> out;
  const auto oldest = oldest_kept(plan);
  for (const auto& run_id : run_folders(plan.staging)) {
    if (run_id < oldest) break;
    if (known.count(run_id) > 0) continue;
    auto report = read_report(plan.staging, run_id);
    if (report && report->status != RunStatus::dry_run) out.push_back(std::move(*report));
  }
  std::reverse(out.begin(), out.end());
  return out;
}

std::set<std::string> ids_of(const std::vector<SmallRow>& rows) {
  std::set<std::string> ids;
  for (const auto& row : rows) ids.insert(run_id_of(row));
  return ids;
}

/// Every so many versions the whole table becomes one file again, without what is too old.
constexpr std::int64_t kMostFiles = 32;

/// Nothing to do, or done; false: another writer was first.
Result<bool> record_once(const Plan& plan, const TableAt& at) {
  TRY_ASSIGN(auto ids, read_small_table(at, {history_columns().front()}, {}));
  auto news = unrecorded(plan, ids_of(ids.rows));
  std::erase_if(news, [](const auto& run) { return run.status == RunStatus::running; });
  if (news.empty()) return true;
  SmallCommit change;
  change.on_version = ids.version;
  change.columns = history_columns();
  change.commit_info["runId"] = news.back().run_id;
  for (const auto& run : news) change.rows.push_back(to_small_row(run));
  if ((ids.version + 1) % kMostFiles != 0) {
    TRY_ASSIGN(const auto outcome, append_to_small_table(at, change));
    return std::holds_alternative<Committed>(outcome);
  }
  TRY_ASSIGN(auto there, read_small_table(at, history_columns(), {}));
  if (there.version != ids.version) return false;
  change.rows.insert(change.rows.end(), std::make_move_iterator(there.rows.begin()),
                     std::make_move_iterator(there.rows.end()));
  const auto oldest = oldest_kept(plan);
  std::erase_if(change.rows, [&](const auto& row) { return run_id_of(row) < oldest; });
  std::sort(change.rows.begin(), change.rows.end(),
            [](const auto& a, const auto& b) { return run_id_of(a) < run_id_of(b); });
  TRY_ASSIGN(const auto outcome, replace_small_table(at, change));
  return std::holds_alternative<Committed>(outcome);
}

Result<std::vector<SmallRow>> recorded(const Plan& plan, const std::atomic<bool>* stop) {
  TRY_ASSIGN(const auto published, find_published_table(plan, TableAccess::read, stop));
  TRY_ASSIGN(auto there, read_small_table(history_at(published.at), history_columns(), {}));
  return std::move(there.rows);
}

}  // namespace

Status record_runs(const Plan& plan, const std::atomic<bool>* stop) {
  TRY_ASSIGN(const auto published, find_published_table(plan, TableAccess::read_write, stop));
  const auto at = history_at(published.at);
  for (int attempt = 0; attempt < kCommitAttempts; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(pause_after_lost_race(attempt));
    TRY_ASSIGN(const bool done, record_once(plan, at));
    if (done) return {};
  }
  return fail(ErrorKind::conflict,
              fmt::format("other writers kept committing to {} first", at.location),
              "the next run records this one, too");
}

PastRuns past_runs(const Plan& plan, const std::atomic<bool>* stop) {
  PastRuns past;
  auto rows = recorded(plan, stop);
  if (!rows) past.unread = rows.error();
  const auto known = rows ? ids_of(*rows) : std::set<std::string>();
  if (rows)
    for (const auto& row : *rows)
      if (auto report = to_report(row)) past.runs.push_back(std::move(*report));
  for (auto& report : unrecorded(plan, known)) {
    if (report.status == RunStatus::running && is_dead(plan.staging, report))
      report.status = RunStatus::killed;
    past.runs.push_back(std::move(report));
  }
  // An id tells the second only.
  std::sort(past.runs.begin(), past.runs.end(), [](const auto& a, const auto& b) {
    return std::tie(a.started_ms, a.run_id) > std::tie(b.started_ms, b.run_id);
  });
  return past;
}

Result<RunReport> find_run(const PastRuns& past, const std::string& run_id) {
  if (past.runs.empty())
    return fail(ErrorKind::missing, "no run is known yet", "run `quarentena run` first");
  if (run_id == "last") return past.runs.front();
  std::vector<const RunReport*> found;
  for (const auto& run : past.runs) {
    if (run.run_id == run_id) return run;
    if (run.run_id.starts_with(run_id)) found.push_back(&run);
  }
  if (found.size() == 1) return *found.front();
  return fail(ErrorKind::missing,
              found.empty() ? fmt::format("no run '{}'", run_id)
                            : fmt::format("'{}' is the beginning of {} runs", run_id, found.size()),
              "`quarentena runs list` shows them");
}

}  // namespace quarentena
