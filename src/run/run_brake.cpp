#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "run/open_engine.h"
#include "run/run.h"
#include "run/stop_watch.h"

namespace quarentena {
namespace fs = std::filesystem;

Result<bool> Run::brake() {
  const StopWatch watch(options_.stop, *engine_);
  TRY_ASSIGN(auto canais,
             count_early_releases(*engine_, {published_->at, options_.data_carga, canais_, loaded_,
                                             *ledger_, options_.only.empty(), places_rows(plan_),
                                             work_->path(), threads_, options_.stop}));
  count_canais(canais);
  TRY_STATUS(approve(canais));
  std::erase_if(canais, [&](const CanalReleases& canal) {
    const auto& name = canal.load.canal;
    const auto brake = plan_.brake(name);
    const auto approval = approvals_.find(name);
    const bool approved = approval != approvals_.end();
    const auto allowed = releases_allowed(
        brake, canal.count.due, approved ? std::optional(approval->second) : std::nullopt);
    const bool held = canal.count.releases > allowed;
    if (!canal.configured && (held || approved)) leave_row(canal);
    if (held) report_.held.push_back({name, canal.count.releases, canal.count.due, allowed, {}});
    return !held;
  });
  if (canais.empty()) {
    TRY_STATUS(keep_approvals());
    return true;
  }
  TRY_STATUS(hold(canais));
  return false;
}

/// Who was there the day before and is not now has left; who is there now and was not has entered.
void Run::count_canais(const std::vector<CanalReleases>& canais) {
  for (std::size_t i = 0; i < canais_.size(); ++i)
    report_.canais.push_back({canais_[i].canal, loaded_[i].account().quarantined, {}, {}});
  for (const auto& canal : canais) {
    const auto& name = canal.load.canal;
    const auto same = [&](const CanalCount& one) { return one.canal == name; };
    auto found = std::find_if(report_.canais.begin(), report_.canais.end(), same);
    if (found == report_.canais.end()) found = report_.canais.insert(found, {name, 0, {}, {}});
    found->entered = found->rows - canal.count.stayed;
    found->left = canal.count.before - canal.count.stayed;
  }
  std::sort(report_.canais.begin(), report_.canais.end(),
            [](const auto& a, const auto& b) { return a.canal < b.canal; });
}

/// A new approval takes the place of the day's earlier one.
Status Run::approve(const std::vector<CanalReleases>& canais) {
  for (const auto& [canal, ceiling] : options_.approved.up_to) {
    const auto same = [&name = canal](const auto& one) { return one.load.canal == name; };
    const auto found = std::find_if(canais.begin(), canais.end(), same);
    if (found == canais.end()) {
      std::vector<std::string> names;
      for (const auto& one : canais) names.push_back(one.load.canal);
      return fail(ErrorKind::config,
                  fmt::format("a release is approved for '{}', which is no canal that this run "
                              "could release anybody from",
                              canal),
                  names.empty() ? "the table holds no earlier day"
                                : fmt::format("the canais are {}", fmt::join(names, ", ")));
    }
    approvals_[canal] = {canal,
                         ceiling,
                         found->count.releases,
                         options_.approved.by,
                         options_.approved.why,
                         report_.started_ms};
  }
  return {};
}

Status Run::hold(const std::vector<CanalReleases>& canais) {
  constexpr std::size_t kShown = 5;
  const auto file = fs::path(plan_.staging) / "runs" / report_.run_id / "releases.csv";
  report_.releases = file.string();
  return write_releases(*engine_, canais, file,
                        [&](const auto& canal, const EarlyRelease& release, const auto& reason) {
                          for (auto& held : report_.held)
                            if (held.canal == canal && held.some.size() < kShown)
                              held.some.push_back(release.id_cliente + ": " + reason);
                        });
}

/// No source stands for such a canal: its own row tells what became of it. No source's name has
/// brackets.
void Run::leave_row(const CanalReleases& canal) {
  auto& row = left_.emplace_back();
  row.data_carga = options_.data_carga;
  row.canal = canal.load.canal;
  row.source = "(" + row.canal + ")";
  row.status = SourceStatus::missing;
  row.decision = Decision::skipped;
  row.reason = "the canal is no longer configured";
}

/// Written down before anything is published, so that a run that dies needs no second approval.
Status Run::keep_approvals() {
  if (options_.approved.up_to.empty() || options_.dry_run) return {};
  std::vector<LedgerRow> rows;
  for (auto& row : unpublished(Decision::held, "the release is approved, the day is not published"))
    if (options_.approved.up_to.count(row.canal)) rows.push_back(std::move(row));
  // Those of a day that is published stay what they are.
  for (const auto& row : ledger_rows()) {
    const auto* known = ledger_->find(row.data_carga, row.source);
    const bool is_there = std::any_of(rows.begin(), rows.end(),
                                      [&](const auto& one) { return one.source == row.source; });
    if (known == nullptr || is_there || !options_.approved.up_to.count(row.canal)) continue;
    rows.push_back(*known);
    rows.back().approved = row.approved;
  }
  TRY_STATUS(ledger_->record(rows, std::nullopt));
  for (auto& day : days_) day.memory = memory_of(*day.source);  // the ledger's rows moved
  return {};
}

}  // namespace quarentena
