#include "run/backfill.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "run/kept_day.h"
#include "run/published_table.h"
#include "run/table_store.h"

namespace quarentena {
namespace {

bool came_out(const RunReport& run) {
  return !run.error && !run.sources.empty() && run.status != RunStatus::held;
}

tl::unexpected<Error> held(const RunReport& run) {
  std::vector<std::string> whom, approvals;
  for (const auto& canal : run.held) {
    whom.push_back(fmt::format("{} of {}", canal.releases, canal.canal));
    approvals.push_back(fmt::format("--approve-release '{}={}'", canal.canal, canal.releases));
  }
  return fail(ErrorKind::conflict,
              fmt::format("{} is held: {} would leave before their day; all of them: {}",
                          run.data_carga.iso(), fmt::join(whom, ", "), run.releases),
              fmt::format("to approve: the same command with --from {} {} --reason '...'",
                          run.data_carga.iso(), fmt::join(approvals, " ")));
}

/// One backfill; backfill() is its story.
class Backfill {
 public:
  Backfill(const Plan& plan, const BackfillOptions& options, BackfillReport& report)
      : plan_(plan), options_(options), report_(report) {}

  Status prepare();
  /// Late rows that are put in must not depend on whether they were put in before: the days are
  /// computed without them first, which publishes nothing.
  Status compute_without_late();
  Status load_days();
  Status search_late();

 private:
  Status load_day(Date day);
  RunOptions run_options(Date day) const;
  /// What the day says of who was in quarantine, when that is not what is published.
  Status note_there(Date day, const std::vector<ComputedCanal>& computed);
  Status find_late(TableQuery& session, const std::string& there);
  bool from_computed() const { return options_.dry_run || options_.late == Late::put_in; }
  bool stopped() const { return options_.stop && *options_.stop; }
  template <class Do>
  Status each_day(const Do& act) const {
    for (auto day = options_.from.days(); day <= options_.to.days(); ++day) {
      if (stopped())
        return fail(ErrorKind::machine, "interrupted",
                    "the days before are done; the same command goes on from here");
      TRY_STATUS(act(Date(day)));
    }
    return {};
  }

  const Plan& plan_;
  const BackfillOptions& options_;
  BackfillReport& report_;
  std::optional<KeptDeliveries> kept_;
  std::optional<PublishedTable> published_;
  std::unique_ptr<TableStore> store_;
  std::unique_ptr<WorkFolder> work_;
  std::optional<Ledger> ledger_;
  std::unique_ptr<TableQuery> before_;  ///< the table as it was
  std::unique_ptr<LateSearch> late_;
  std::vector<std::string> there_;  ///< Parquet files
  std::vector<Date> days_;          ///< that came out
};

Status Backfill::prepare() {
  TRY_ASSIGN(kept_, open_kept_deliveries(plan_, options_.stop));
  if (options_.to < options_.from)
    return fail(ErrorKind::config,
                fmt::format("--to {} is before --from {}", options_.to.iso(), options_.from.iso()),
                "swap them");
  if (options_.to > today_in(plan_.timezone))
    return fail(ErrorKind::config, fmt::format("--to {} has not come yet", options_.to.iso()),
                "past days are computed again; `quarentena run` loads today");
  TRY_ASSIGN(published_, find_published_table(plan_, TableAccess::read_write, options_.stop));
  TRY_ASSIGN(ledger_, Ledger::read(published_->at));
  store_ = table_store_at(published_->at, plan_.staging, options_.stop);
  TRY_ASSIGN(work_, store_->work_folder(report_.id));
  TableQueryOptions table{published_->at, {}, {}};
  table.absent_is_empty = true;
  TRY_ASSIGN(before_, open_table_query(table));
  late_ = std::make_unique<LateSearch>(plan_, *kept_, work_->path(), options_.stop);
  return {};
}

RunOptions Backfill::run_options(Date day) const {
  RunOptions run;
  run.data_carga = day;
  run.dry_run = options_.dry_run;
  run.deliveries = Deliveries::kept;
  run.threads = options_.threads;
  run.approved = options_.approved;
  run.stop = options_.stop;
  return run;
}

Status Backfill::note_there(Date day, const std::vector<ComputedCanal>& computed) {
  for (const auto& canal : computed) {
    if (canal.rows.empty()) continue;
    const auto file = work_->path() / fmt::format("there-{:05}.parquet", there_.size());
    TRY_STATUS(each_row(
        *before_, fmt::format("COPY (SELECT DATE '{}' AS data_carga, {} AS canal, id_cliente FROM "
                              "{}) TO {} (FORMAT parquet)",
                              day.iso(), sql_text(canal.canal), parquet_rows(canal),
                              sql_text(file.string()))));
    there_.push_back(file.string());
  }
  return {};
}

Status Backfill::compute_without_late() {
  if (options_.late != Late::put_in) return {};
  TRY_STATUS(each_day([&](Date day) -> Status {
    auto run = run_options(day);
    run.dry_run = true;
    run.compute_only = true;
    run.late.emplace();
    run.computed = [&](const auto& computed) { return note_there(day, computed); };
    RunWatcher watcher;
    auto report = run_load(plan_of_day(plan_, *ledger_, day), run, watcher);
    if (came_out(report)) days_.push_back(day);
    if (report.error) return fail_on(day, std::move(*report.error));
    return {};
  }));
  return search_late();
}

Status Backfill::load_days() {
  return each_day([&](Date day) { return load_day(day); });
}

Status Backfill::load_day(Date data_carga) {
  auto& day = report_.days.emplace_back();
  day.data_carga = data_carga;
  auto run = run_options(data_carga);
  if (options_.late == Late::put_in) {
    TRY_ASSIGN(run.late, late_->rows_of(*before_, data_carga));
  }
  run.computed = [&](const std::vector<ComputedCanal>& computed) -> Status {
    TRY_ASSIGN(day.changes, changes_of(*before_, data_carga, computed));
    std::erase_if(day.changes, [](const auto& canal) { return canal.same(); });
    if (!options_.dry_run || options_.late == Late::put_in) return {};
    return note_there(data_carga, computed);
  };
  RunWatcher watcher;
  day.run = run_load(plan_of_day(plan_, *ledger_, data_carga), run, watcher);
  if (day.run.error) {
    auto error = *day.run.error;
    report_.failed = std::move(day.run);
    report_.days.pop_back();
    return fail_on(data_carga, std::move(error));
  }
  if (options_.late == Late::report && came_out(day.run)) days_.push_back(data_carga);
  if (options_.day) options_.day(day);
  if (day.run.status == RunStatus::held && !options_.dry_run) return held(day.run);
  return {};
}

Status Backfill::search_late() {
  if (late_ == nullptr || days_.empty()) return {};
  TRY_ASSIGN(const auto ledger, Ledger::read(published_->at));  // it knows what was accepted now
  TRY_STATUS(late_->read_deliveries(ledger, options_.from, options_.to));
  report_.not_kept = late_->not_kept();
  if (from_computed()) {
    return find_late(*before_, there_.empty()
                                   ? std::string("SELECT data_carga, canal, id_cliente FROM "
                                                 "quarentena_global WHERE false")
                                   : fmt::format("FROM read_parquet([{}])", sql_texts(there_)));
  }
  TableQueryOptions table{published_->at, {}, {}};
  table.absent_is_empty = true;
  TRY_ASSIGN(const auto now, open_table_query(table));
  return find_late(*now, "SELECT data_carga, canal, id_cliente FROM quarentena_global");
}

Status Backfill::find_late(TableQuery& session, const std::string& there) {
  TRY_STATUS(late_->find(session, days_, there));
  report_.late = late_->canais();
  if (report_.late.empty()) return {};
  const auto file = std::filesystem::path(plan_.staging) / "runs" / report_.id / "late.csv";
  TRY_STATUS(late_->write_csv(session, file));
  report_.late_file = file;
  return {};
}

Status backfill_steps(Backfill& backfill, const BackfillOptions& options) {
  TRY_STATUS(backfill.prepare());
  TRY_STATUS(backfill.compute_without_late());
  TRY_STATUS(backfill.load_days());
  return options.late == Late::report ? backfill.search_late() : Status{};
}

}  // namespace

int BackfillReport::exit_code() const {
  const auto any = [&](const auto& is) { return std::any_of(days.begin(), days.end(), is); };
  if (any([](const auto& day) { return day.run.status == RunStatus::held; })) return 4;
  if (error) return quarentena::exit_code(error->kind);
  const bool degraded = any(
      [](const auto& day) { return day.run.status == RunStatus::published && day.run.degraded(); });
  return degraded ? 3 : 0;
}

BackfillReport backfill(const Plan& plan, const BackfillOptions& options) {
  BackfillReport report;
  report.id = new_run_id(now_ms());
  Backfill backfill(plan, options, report);
  if (auto status = backfill_steps(backfill, options); !status)
    report.error = std::move(status.error());
  return report;
}

}  // namespace quarentena
