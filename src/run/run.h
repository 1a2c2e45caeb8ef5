#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "run/early_releases.h"
#include "run/pipeline.h"
#include "run/published_table.h"
#include "run/source_check.h"
#include "run/source_day.h"
#include "run/table_store.h"
#include "run/work_folder.h"
#include "staging/kept_deliveries.h"
#include "trust/brake.h"
#include "trust/ledger.h"

/// One run, step by step; run_steps() in pipeline.cpp is its story. Internal to run/.
/// The steps are in run_sources.cpp (until every delivery is here), run_load.cpp (until every canal
/// is loaded and judged), run_brake.cpp and run_publish.cpp.
namespace quarentena {

/// Errors that say nothing about the delivery: the run ends.
inline bool is_ours(ErrorKind kind) {
  return kind == ErrorKind::config || kind == ErrorKind::machine || kind == ErrorKind::bug ||
         kind == ErrorKind::conflict;
}

class Run {
 public:
  Run(const Plan& plan, const RunOptions& options, RunWatcher& watcher, RunReport& report)
      : plan_(plan),
        options_(options),
        watcher_(watcher),
        report_(report),
        moment_{report.started_ms, options.data_carga, plan.timezone},
        threads_(threads_for(options.threads)) {}

  Status find_table();
  Status recall();
  Status choose_sources();
  Status fetch();
  Status look_at_day();
  bool changed() const;
  Status load();
  /// The SQL, and the rows as they would be published, to who asked for them.
  Status show() const;
  /// False: too many would leave early, and nobody approved it.
  Result<bool> brake();
  Result<RunStatus> publish();
  /// What was decided goes into the report and into the ledger.
  Status record();
  void record_failure(const Error& error);
  void prune_deliveries() const;
  /// The table is known wherever it must be.
  Status announce() { return published_->announce(); }

 private:
  bool stopped() const { return options_.stop && *options_.stop; }
  FetchContext context_of(const Source& source) const {
    return fetch_context(plan_, source, options_);
  }
  bool is_asked(const Source& source) const;
  Status check_accepted_changes() const;
  Status add_source(const Source& source);
  Status recall_late(SourceDay& day);
  Status keep_late();
  Status choose_kept();
  Status open_kept(std::size_t index);
  void found(std::size_t index);
  Moment moment_of(const SourceDay& day) const {
    return {day.came_ms.value_or(moment_.now_ms), moment_.data_carga, moment_.timezone};
  }
  bool ledger_knows() const;
  Status fetch_one(std::size_t index);
  Status make_inputs(CanalLoad& canal);
  void let_engine_place(CanalLoad& canal);
  Status load_canal(std::size_t index);
  Error at_the_root(const CanalLoad& canal, const Error& error);
  Result<bool> judge_canal(const CanalLoad& load, const Result<CanalLoaded>& loaded);
  Result<Verdict> judge_read(SourceDay& day, const CanalLoad& load, const InputLoaded& loaded);
  Status keep_deliveries();
  Status keep_delivery(std::size_t index);
  Status keep_readings() const;
  Status copy_tables(const CanalLoad& canal);
  Status copy_table(std::size_t index);
  Result<CanalLoaded> read_canal(const CanalLoad& canal);
  void tell(std::size_t canal, const Lapse& lapse);
  void count_canais(const std::vector<CanalReleases>& canais);
  std::vector<SourceDay*> days_of(const std::string& canal);
  std::vector<LedgerRow> ledger_rows() const;
  std::vector<LedgerRow> unpublished(Decision decision, const std::string& why) const;
  SourceMemory memory_of(const Source& source) const;
  Status approve(const std::vector<CanalReleases>& canais);
  Status hold(const std::vector<CanalReleases>& canais);
  void leave_row(const CanalReleases& canal);
  Status keep_approvals();
  Status place_files();
  ReplaceDay change(const PlacedFiles& files) const;
  bool from_kept() const { return options_.deliveries == Deliveries::kept; }
  /// A past day keeps canais that were configured then and are not now.
  ReplaceDay::Others others() const {
    const bool all = options_.only.empty() && !from_kept();
    return all ? ReplaceDay::Others::remove : ReplaceDay::Others::keep;
  }

  const Plan& plan_;
  const RunOptions& options_;
  RunWatcher& watcher_;
  RunReport& report_;
  Moment moment_;
  std::size_t threads_;

  std::optional<PublishedTable> published_;
  std::unique_ptr<TableStore> store_;
  std::optional<Ledger> ledger_;
  std::optional<KeptDeliveries> kept_;
  std::deque<LateRows> late_;      // that earlier runs put in
  std::deque<SourceDay> days_;     // as report_.sources
  std::vector<CanalLoad> canais_;  // by size, the largest first
  std::map<std::string, std::int64_t> fingerprints_;
  std::optional<Day> there_;  // absent: no table yet
  std::unique_ptr<WorkFolder> work_;
  std::unique_ptr<PlacedFiles> placed_;  // gone before work_, which takes an empty table along
  std::mutex placing_;
  std::unique_ptr<Engine> engine_;
  std::vector<CanalLoaded> loaded_;
  std::vector<std::size_t> to_keep_;  // of days_, beside the loads; tables are kept by theirs
  std::map<std::string, Approval> approvals_;  // of the day, by canal
  /// The day's rows of what has no part in it: canais that are no longer configured and would
  /// release many, sources that are not asked and of which nothing was ever accepted.
  std::vector<LedgerRow> left_;
};

}  // namespace quarentena
