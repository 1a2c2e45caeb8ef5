#include "run/pipeline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <random>
#include <thread>

#include "run/fingerprint.h"
#include "run/parallel.h"
#include "run/published_table.h"
#include "run/rejects.h"
#include "run/source_check.h"
#include "run/table_store.h"
#include "run/work_folder.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

constexpr int kCommitAttempts = 20;
/// Fetching waits for servers more than it works: the slowest source should set the time.
constexpr std::size_t kFetchesAtOnce = 16;

/// 20240528T103000Z-1a2b3c: sorts by time, differs between machines.
std::string new_run_id(std::int64_t now) {
  const auto iso = utc_iso(now);
  std::string id;
  for (const char c : iso.substr(0, 19))
    if (c != '-' && c != ':') id += c;
  return fmt::format("{}Z-{:06x}", id, std::random_device{}() & 0xffffff);
}

/// A delivery that puts nobody in quarantine may be right, and often is not.
std::optional<std::string> nothing_came_of(const Account& account) {
  if (account.read == 0) return "the delivery holds no rows";
  if (account.quarantined + account.duplicate > 0) return std::nullopt;
  const auto usable = account.read - account.filtered;
  if (usable == 0) return "`where` keeps none of its rows";
  if (account.rejected == usable)
    return "every row that `where` keeps was rejected; see the rejects";
  if (account.future == usable)
    return "every row that `where` keeps has its data_envio in the future";
  return "none of its rows puts anybody in quarantine";
}

/// How the log remembers the fingerprint of a canal that came out empty.
std::int64_t left_empty(std::int64_t fingerprint) { return ~fingerprint; }

/// Ends the engine's work when the operator presses Ctrl-C.
class StopWatch {
 public:
  StopWatch(const std::atomic<bool>* stop, Engine& engine)
      : thread_([this, stop, &engine] {
          while (!done_ && !(stop && *stop))
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
          if (!done_) engine.interrupt();
        }) {}
  ~StopWatch() {
    done_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> done_{false};
  std::thread thread_;
};

/// One run, step by step; run_load() below is its story.
class Run {
 public:
  Run(const Plan& plan, const RunOptions& options, RunWatcher& watcher, RunReport& report)
      : plan_(plan), options_(options), watcher_(watcher), report_(report) {
    threads_ = options.threads > 0 ? static_cast<std::size_t>(options.threads)
                                   : std::max(1u, std::thread::hardware_concurrency());
  }

  Status choose_sources();
  Status find_table();
  Status fetch();
  Result<bool> changed();
  Status load();
  Result<RunStatus> publish();
  /// The table is known wherever it must be.
  Status announce() { return published_->announce(); }

 private:
  bool stopped() const { return options_.stop && *options_.stop; }
  Status load_canal(std::size_t index);
  void tell(std::size_t canal);
  ReplaceDay change(const PlacedFiles& files) const;
  ReplaceDay::Others others() const {
    return options_.only.empty() ? ReplaceDay::Others::remove : ReplaceDay::Others::keep;
  }

  const Plan& plan_;
  const RunOptions& options_;
  RunWatcher& watcher_;
  RunReport& report_;
  std::size_t threads_;

  std::optional<PublishedTable> published_;
  std::unique_ptr<TableStore> store_;
  std::vector<const Source*> sources_;
  std::vector<Delivery> deliveries_;
  std::vector<SourceProgress> progress_;
  std::vector<CanalLoad> canais_;  // by size, the largest first
  std::map<std::string, std::int64_t> fingerprints_;
  std::unique_ptr<WorkFolder> work_;
  std::unique_ptr<Engine> engine_;
  std::vector<CanalLoaded> loaded_;
};

Status Run::choose_sources() {
  std::vector<std::string> unknown = options_.only;
  for (const auto& source : plan_.sources) {
    const bool chosen = options_.only.empty() || std::erase(unknown, source.name) > 0;
    if (chosen) sources_.push_back(&source);
  }
  std::vector<std::string> names;
  for (const auto& source : plan_.sources) names.push_back(source.name);
  if (!unknown.empty())
    return fail(ErrorKind::config, fmt::format("no source is called '{}'", unknown.front()),
                fmt::format("the sources are {}", fmt::join(names, ", ")));
  for (const auto& source : plan_.sources) {
    const auto same_canal = [&](const Source* s) { return s->canal == source.canal; };
    const bool chosen = std::find(sources_.begin(), sources_.end(), &source) != sources_.end();
    if (!chosen && std::any_of(sources_.begin(), sources_.end(), same_canal))
      return fail(ErrorKind::config,
                  fmt::format("source '{}' feeds canal {} too", source.name, source.canal),
                  fmt::format("a canal is loaded whole: add `--only {}`", source.name));
  }
  for (const auto* source : sources_) {
    report_.sources.push_back({source->name, source->canal, source->location, {}, {}, {}, {}, {}});
    TRY_ASSIGN(report_.sources.back().location, location_on(source->location, options_.data_carga));
  }
  return {};
}

Status Run::find_table() {
  TRY_ASSIGN(published_, find_published_table(plan_, TableAccess::read_write, options_.stop));
  store_ = table_store_at(published_->at, plan_.staging, options_.stop);
  return check_writable(published_->at);
}

Status Run::fetch() {
  deliveries_.resize(sources_.size());
  progress_ = std::vector<SourceProgress>(sources_.size());
  const auto fetched = in_parallel(sources_.size(), kFetchesAtOnce, [&](std::size_t i) -> Status {
    TRY_ASSIGN(deliveries_[i],
               quarentena::fetch(*sources_[i], fetch_context(plan_, *sources_[i], options_)));
    report_.sources[i].files = deliveries_[i].files;
    report_.sources[i].digest = deliveries_[i].digest;
    if (deliveries_[i].delta) report_.sources[i].delta_version = deliveries_[i].delta->version;
    watcher_.found(*sources_[i], deliveries_[i]);
    return {};
  });
  TRY_STATUS(combined(fetched));

  for (std::size_t i = 0; i < sources_.size(); ++i) {
    auto canal = std::find_if(canais_.begin(), canais_.end(),
                              [&](const auto& c) { return c.canal == sources_[i]->canal; });
    if (canal == canais_.end())
      canal =
          canais_.insert(canal, {sources_[i]->canal, {}, options_.data_carga, plan_.timezone, {}});
    canal->sources.push_back({sources_[i], &deliveries_[i], &progress_[i]});
  }
  for (const auto& canal : canais_) fingerprints_[canal.canal] = fingerprint(canal);
  return {};
}

/// Something of what this run would publish is not in the table yet.
Result<bool> Run::changed() {
  std::vector<std::string> canais;
  for (const auto& [canal, value] : fingerprints_) canais.push_back(canal);
  TRY_ASSIGN(const auto day, read_day(published_->at, options_.data_carga, canais));
  if (!day) return true;
  report_.version = day->version;
  for (const auto& [canal, value] : fingerprints_) {
    const auto there = day->fingerprints.find(canal);
    // A canal whose rows somebody deleted since is loaded again; an empty one has none to miss.
    const auto expected = day->canais.count(canal) ? value : left_empty(value);
    if (there == day->fingerprints.end() || there->second != expected) return true;
  }
  if (!options_.only.empty()) return false;
  // A canal that is no longer configured leaves the day.
  return std::any_of(day->canais.begin(), day->canais.end(),
                     [&](const auto& canal) { return !fingerprints_.count(canal); });
}

Status Run::load() {
  TRY_ASSIGN(work_, store_->work_folder(report_.run_id));
  // Each canal is loaded by a thread of its own; the engine adds as many as are left.
  const auto callers = std::min(threads_, canais_.size());
  TRY_ASSIGN(engine_, open_duckdb_engine({threads_ - callers + 1, work_->path() / "spill"}));
  // The long ones first, so that none is left alone at the end: a sheet takes one thread and ten
  // times as long a byte as the rest.
  const auto cost = [](const CanalLoad& canal) {
    std::int64_t sum = 0;
    for (const auto& s : canal.sources)
      sum +=
          s.delivery->size_bytes * (std::holds_alternative<XlsxOptions>(s.source->format) ? 10 : 1);
    return sum;
  };
  std::stable_sort(canais_.begin(), canais_.end(),
                   [&](const auto& a, const auto& b) { return cost(a) > cost(b); });
  for (std::size_t i = 0; i < canais_.size(); ++i) {
    TRY_ASSIGN(canais_[i].folder, work_->add(std::to_string(i)));
  }
  loaded_.resize(canais_.size());

  watcher_.started(sources_, progress_);
  const StopWatch watch(options_.stop, *engine_);
  const auto results =
      in_parallel(canais_.size(), threads_, [&](std::size_t i) { return load_canal(i); });
  watcher_.finished();
  return combined(results);
}

Status Run::load_canal(std::size_t index) {
  TRY_ASSIGN(loaded_[index], engine_->load(canais_[index]));
  tell(index);
  return {};
}

void Run::tell(std::size_t canal) {
  const auto& load = canais_[canal];
  for (std::size_t i = 0; i < load.sources.size(); ++i) {
    const auto* source = load.sources[i].source;
    const auto& account = loaded_[canal].accounts[i];
    auto& report = *std::find_if(report_.sources.begin(), report_.sources.end(),
                                 [&](const auto& r) { return r.name == source->name; });
    report.account = account;
    if (auto warning = nothing_came_of(account)) report.warnings.push_back(std::move(*warning));
    if (const auto undated = loaded_[canal].undated[i]; undated > 0)
      report.warnings.push_back(
          fmt::format("{} clients stay in quarantine without a usable data_envio", undated));
    watcher_.loaded(*source, account);
  }
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
    std::int64_t quarantined = 0;
    for (const auto& account : loaded_[i].accounts) quarantined += account.quarantined;
    change.fingerprints[canal] = quarantined > 0 ? value : left_empty(value);
    rows.push_back(fmt::format("{}={}", canal, quarantined));
    digests.push_back(fmt::format("{}={:016x}", canal, value));
  }
  std::sort(rows.begin(), rows.end());
  std::sort(digests.begin(), digests.end());
  change.commit_info["runId"] = report_.run_id;
  change.commit_info["rowsPerCanal"] = fmt::format("{}", fmt::join(rows, ", "));
  change.commit_info["inputsAndRules"] = fmt::format("{}", fmt::join(digests, ", "));
  return change;
}

Result<RunStatus> Run::publish() {
  PlacedFiles placed(*store_, options_.data_carga);
  for (std::size_t i = 0; i < canais_.size(); ++i)
    for (const auto& file : loaded_[i].files)
      TRY_STATUS(placed.place(file, canais_[i].folder,
                              fmt::format("part-{:05}-{}.snappy.parquet", i, report_.run_id)));
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
    // Somebody else committed: perhaps this very day. What they left decides whether ours is still
    // wanted, unless it is wanted whatever is there.
    if (options_.force) continue;
    TRY_ASSIGN(const bool still_wanted, changed());
    if (!still_wanted) return RunStatus::unchanged;
  }
  return fail(ErrorKind::conflict,
              fmt::format("other writers kept committing to {} first", plan_.table),
              "run again; if it persists, see who writes to the table");
}

Status run_steps(Run& run, const RunOptions& options, RunReport& report) {
  TRY_STATUS(run.choose_sources());
  TRY_STATUS(run.find_table());
  TRY_STATUS(run.fetch());
  TRY_ASSIGN(const bool changed, run.changed());
  if (!changed && !options.dry_run && !options.force) {
    report.status = RunStatus::unchanged;
    return run.announce();
  }
  TRY_STATUS(run.load());
  if (options.dry_run) {
    report.status = RunStatus::dry_run;
    return {};
  }
  TRY_ASSIGN(report.status, run.publish());
  return run.announce();
}

}  // namespace

RunReport run_load(const Plan& plan, const RunOptions& options, RunWatcher& watcher) {
  RunReport report;
  report.started_ms = now_ms();
  report.run_id = new_run_id(report.started_ms);
  report.data_carga = options.data_carga;
  report.config = plan.file.string();
  report.table = plan.table;
  {
    Run run(plan, options, watcher, report);
    if (auto status = run_steps(run, options, report); !status) {
      report.status = RunStatus::failed;
      report.error = std::move(status.error());
    }
  }
  report.finished_ms = now_ms();
  if (auto saved = save_report(plan.staging, report); !saved && !report.error)
    report.error = saved.error();
  return report;
}

}  // namespace quarentena
