#include "run/pipeline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <deque>
#include <future>
#include <set>
#include <thread>

#include "run/early_releases.h"
#include "run/fingerprint.h"
#include "run/kept_day.h"
#include "run/parallel.h"
#include "run/published_table.h"
#include "run/rejects.h"
#include "run/source_check.h"
#include "run/source_day.h"
#include "run/table_store.h"
#include "run/work_folder.h"
#include "table/lost_race.h"
#include "trust/brake.h"
#include "trust/ledger.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

/// Fetching waits for servers more than it works: the slowest source should set the time.
constexpr std::size_t kFetchesAtOnce = 16;

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

/// The long ones first, so that none is left alone at the end: a sheet takes one thread and ten
/// times as long a byte as the rest.
std::int64_t cost(const CanalLoad& canal) {
  std::int64_t sum = 0;
  for (const auto& s : canal.sources)
    sum +=
        s.delivery->size_bytes * (std::holds_alternative<XlsxOptions>(s.source->format) ? 10 : 1);
  return sum;
}

/// Every name of --only is a source, and no canal is loaded in part.
Status check_only(const Plan& plan, const std::vector<std::string>& only) {
  const auto asked = [&](const std::string& name) {
    return std::find(only.begin(), only.end(), name) != only.end();
  };
  std::vector<std::string> names;
  for (const auto& source : plan.sources) names.push_back(source.name);
  for (const auto& name : only)
    if (plan.find(name) == nullptr)
      return fail(ErrorKind::config, fmt::format("no source is called '{}'", name),
                  fmt::format("the sources are {}", fmt::join(names, ", ")));
  for (const auto& name : only)
    for (const auto& source : plan.sources)
      if (source.canal == plan.find(name)->canal && !asked(source.name))
        return fail(ErrorKind::config,
                    fmt::format("source '{}' feeds canal {} too", source.name, source.canal),
                    fmt::format("a canal is loaded whole: add `--only {}`", source.name));
  return {};
}

/// Of one delivery, which may be several inputs.
InputLoaded loaded_of(const CanalLoad& load, const CanalLoaded& loaded, const Delivery& delivery) {
  InputLoaded out;
  for (std::size_t i = 0; i < load.sources.size(); ++i) {
    if (load.sources[i].delivery != &delivery) continue;
    const auto& input = loaded.inputs[i];
    out.account += input.account;
    out.undated += input.undated;
    if (input.newest && (!out.newest || *out.newest < *input.newest)) out.newest = input.newest;
    out.columns = input.columns;
  }
  return out;
}

Status put_report(const Plan& plan, const RunReport& report, StopFlag stop) {
  TRY_ASSIGN(const auto remote, open_remote_folder(plan.staging_remote, plan.staging_auth, stop));
  return put_report(plan.staging, report, *remote);
}

/// Errors that say nothing about the delivery: the run ends.
bool is_ours(ErrorKind kind) {
  return kind == ErrorKind::config || kind == ErrorKind::machine || kind == ErrorKind::bug ||
         kind == ErrorKind::conflict;
}

/// One run, step by step; run_load() below is its story.
class Run {
 public:
  Run(const Plan& plan, const RunOptions& options, RunWatcher& watcher, RunReport& report)
      : plan_(plan),
        options_(options),
        watcher_(watcher),
        report_(report),
        moment_{report.started_ms, options.data_carga, plan.timezone} {
    threads_ = options.threads > 0 ? static_cast<std::size_t>(options.threads)
                                   : std::max(1u, std::thread::hardware_concurrency());
  }

  Status find_table();
  Status recall();
  Status choose_sources();
  Status fetch();
  Result<bool> changed();
  Status load();
  /// The rows as they would be published, to who asked for them.
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
  void add_source(const Source& source);
  Status choose_kept();
  Status open_kept(std::size_t index);
  void found(std::size_t index);
  Moment moment_of(const SourceDay& day) const {
    return {day.came_ms.value_or(moment_.now_ms), moment_.data_carga, moment_.timezone};
  }
  bool ledger_knows() const;
  Status fetch_one(std::size_t index);
  Status make_inputs(CanalLoad& canal);
  Status load_canal(std::size_t index);
  Error at_the_root(const CanalLoad& canal, const Error& error);
  Result<bool> judge_canal(const CanalLoad& load, const Result<CanalLoaded>& loaded);
  Result<Verdict> judge_read(SourceDay& day, const CanalLoad& load, const InputLoaded& loaded);
  Status keep_deliveries();
  void tell(std::size_t canal);
  std::vector<SourceDay*> days_of(const std::string& canal);
  std::vector<LedgerRow> ledger_rows() const;
  std::vector<LedgerRow> unpublished(Decision decision, const std::string& why) const;
  SourceMemory memory_of(const Source& source) const;
  Status approve(const std::vector<CanalReleases>& canais);
  Status hold(const std::vector<CanalReleases>& canais);
  void leave_row(const CanalReleases& canal);
  Status keep_approvals();
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
  std::deque<SourceDay> days_;     // as report_.sources
  std::vector<CanalLoad> canais_;  // by size, the largest first
  std::map<std::string, std::int64_t> fingerprints_;
  std::unique_ptr<WorkFolder> work_;
  std::unique_ptr<Engine> engine_;
  std::vector<CanalLoaded> loaded_;
  std::map<std::string, Approval> approvals_;  // of the day, by canal
  std::vector<LedgerRow> left_;  // of canais that are no longer configured and would release many
};

Status Run::find_table() {
  TRY_ASSIGN(published_, find_published_table(plan_, TableAccess::read_write, options_.stop));
  store_ = table_store_at(published_->at, plan_.staging, options_.stop);
  return check_writable(published_->at);
}

Status Run::recall() {
  TRY_ASSIGN(kept_, open_kept_deliveries(plan_, options_.stop));
  TRY_ASSIGN(ledger_,
             options_.dry_run ? Ledger::read(published_->at) : Ledger::open(published_->at));
  approvals_ = approvals_of(ledger_->rows(), options_.data_carga);
  return {};
}

SourceMemory Run::memory_of(const Source& source) const {
  // What a past day decided of itself is told by its row; it is computed as of the days before.
  const auto until = Date(options_.data_carga.days() + (from_kept() ? 0 : 1));
  return remember(source, ledger_->history(source.name, until), options_.data_carga);
}

void Run::add_source(const Source& source) {
  auto& day = days_.emplace_back();
  day.source = &source;
  day.memory = memory_of(source);
  auto& report = report_.sources.emplace_back();
  report.name = source.name;
  report.canal = source.canal;
  report.location = source.location;
}

/// With --only the other sources are not asked. What the day has of them stays; what it has not is
/// carried forward, or the campaigns of the day would find those canais empty.
Status Run::choose_sources() {
  TRY_STATUS(check_only(plan_, options_.only));
  if (from_kept()) return choose_kept();
  for (const auto& source : plan_.sources) {
    const bool asked = options_.only.empty() ||
                       std::count(options_.only.begin(), options_.only.end(), source.name) > 0;
    if (!asked && ledger_->find(options_.data_carga, source.name) != nullptr) continue;
    add_source(source);
    if (asked) {
      TRY_ASSIGN(report_.sources.back().location,
                 location_on(source.location, options_.data_carga));
    } else if (days_.back().memory.carried.empty()) {
      days_.pop_back();
      report_.sources.pop_back();
    } else {
      days_.back().not_asked();
    }
  }
  return {};
}

/// A source of which nothing is known on that day has no part in it.
Status Run::choose_kept() {
  for (const auto& source : plan_.sources) {
    const bool asked = options_.only.empty() ||
                       std::count(options_.only.begin(), options_.only.end(), source.name) > 0;
    if (!asked) continue;
    add_source(source);
    auto& day = days_.back();
    recall_day(day, *ledger_, *kept_, options_.data_carga);
    for (const auto& late : options_.late)
      if (late.source == source.name) day.late.push_back(&late);
    if (day.decision == Decision::carried && day.memory.carried.empty() && day.late.empty()) {
      days_.pop_back();
      report_.sources.pop_back();
    }
  }
  return {};
}

Status Run::fetch_one(std::size_t index) {
  auto& day = days_[index];
  if (day.decision == Decision::carried || day.decision == Decision::skipped) return {};
  const auto& source = *day.source;
  if (from_kept()) return open_kept(index);
  auto fetched = quarentena::fetch(source, context_of(source));
  if (!fetched) {
    if (is_ours(fetched.error().kind)) return fail_with(std::move(fetched));
    day.error = std::move(fetched.error());
    return day.decide(judge(source, {nullptr, nullptr, &*day.error, {}, {}}, day.memory, moment_));
  }
  day.delivery = std::move(*fetched);
  day.id = KeptDeliveries::id_of(source, *day.delivery);
  found(index);
  return {};
}

Status Run::open_kept(std::size_t index) {
  auto& day = days_[index];
  TRY_ASSIGN(const auto manifest, kept_->manifest(day.source->name, day.id));
  if (manifest) report_.sources[index].location = manifest->origin;
  TRY_ASSIGN(day.delivery, kept_->open(*day.source, day.id, context_of(*day.source)));
  found(index);
  return {};
}

void Run::found(std::size_t index) {
  const auto& day = days_[index];
  auto& report = report_.sources[index];
  report.files = day.delivery->files;
  report.digest = day.delivery->digest;
  if (day.delivery->delta) report.delta_version = day.delivery->delta->version;
  watcher_.found(*day.source, *day.delivery);
}

Status Run::fetch() {
  TRY_STATUS(combined(
      in_parallel(days_.size(), kFetchesAtOnce, [&](std::size_t i) { return fetch_one(i); })));
  for (const auto& day : days_) {
    const auto& name = day.source->canal;
    const auto same = [&](const auto& canal) { return canal.canal == name; };
    if (std::any_of(canais_.begin(), canais_.end(), same)) continue;
    canais_.push_back({name, {}, options_.data_carga, plan_.timezone, {}});
    fingerprints_[name] = 0;
  }
  for (auto& canal : canais_) TRY_STATUS(make_inputs(canal));
  return {};
}

std::vector<SourceDay*> Run::days_of(const std::string& canal) {
  std::vector<SourceDay*> out;
  for (auto& day : days_)
    if (day.source->canal == canal) out.push_back(&day);
  return out;
}

Status Run::make_inputs(CanalLoad& canal) {
  canal.sources.clear();
  for (auto* day : days_of(canal.canal)) {
    day->progress.rows = 0;
    day->progress.bytes = 0;
    TRY_ASSIGN(auto inputs, day->inputs(options_.data_carga, *kept_, context_of(*day->source)));
    canal.sources.insert(canal.sources.end(), inputs.begin(), inputs.end());
  }
  fingerprints_.at(canal.canal) = fingerprint(canal);
  return {};
}

/// Something of what this run would publish is not in the table yet, or not in the ledger.
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
  if (!ledger_knows()) return true;
  if (others() == ReplaceDay::Others::keep) return false;
  // A canal that is no longer configured leaves the day.
  return std::any_of(day->canais.begin(), day->canais.end(),
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

Status Run::load() {
  TRY_ASSIGN(work_, store_->work_folder(report_.run_id));
  // Each canal is loaded by a thread of its own; the engine adds as many as are left.
  const auto callers = std::min(threads_, canais_.size());
  TRY_ASSIGN(engine_, open_duckdb_engine({threads_ - callers + 1, work_->path() / "spill"}));
  std::stable_sort(canais_.begin(), canais_.end(),
                   [](const auto& a, const auto& b) { return cost(a) > cost(b); });
  loaded_.resize(canais_.size());

  auto kept = std::async(std::launch::async, [&] { return keep_deliveries(); });
  std::vector<const Source*> sources;
  std::vector<const SourceProgress*> progress;
  for (const auto& day : days_) {
    sources.push_back(day.source);
    progress.push_back(&day.progress);
  }
  watcher_.started(sources, progress);
  const StopWatch watch(options_.stop, *engine_);
  auto results =
      in_parallel(canais_.size(), threads_, [&](std::size_t i) { return load_canal(i); });
  watcher_.finished();
  results.push_back(kept.get());
  return combined(results);
}

/// What came is kept before anything relies on it; a dry run relies on nothing.
Status Run::keep_deliveries() {
  if (options_.dry_run || from_kept()) return {};
  for (std::size_t i = 0; i < days_.size(); ++i)
    if (days_[i].delivery)
      TRY_STATUS(kept_->keep(*days_[i].source, *days_[i].delivery,
                             {report_.sources[i].location, options_.data_carga, report_.run_id,
                              context_of(*days_[i].source).inbox}));
  return {};
}

/// Loads it, and once more with what is in force for each delivery that is not accepted.
Status Run::load_canal(std::size_t index) {
  auto& canal = canais_[index];
  for (std::size_t attempt = 0;; ++attempt) {
    TRY_ASSIGN(canal.folder, work_->add(fmt::format("{}-{}", index, attempt)));
    // A source that is skipped may have been its only one.
    auto loaded = canal.sources.empty() ? Result<CanalLoaded>(CanalLoaded{}) : engine_->load(canal);
    TRY_ASSIGN(const bool settled, judge_canal(canal, loaded));
    if (settled) {
      if (!loaded) return tl::unexpected<Error>(at_the_root(canal, loaded.error()));
      loaded_[index] = std::move(*loaded);
      tell(index);
      return {};
    }
    TRY_STATUS(make_inputs(canal));
  }
}

/// A state that cannot be read any more (its source's `format` changed, say) is not what is wrong:
/// the delivery that it was to stand in for is.
Error Run::at_the_root(const CanalLoad& canal, const Error& error) {
  for (const auto* day : days_of(canal.canal))
    if (error.source == day->source->name && day->decision == Decision::carried && day->error)
      return *day->error;
  return error;
}

/// Judges what came of each of the canal's sources; true when that leaves its inputs as they are.
Result<bool> Run::judge_canal(const CanalLoad& load, const Result<CanalLoaded>& loaded) {
  bool settled = true;
  for (auto* day : days_of(load.canal)) {
    if (!day->delivery || day->judged) continue;
    if (day->then) {  // judged on its day
      if (!loaded) continue;
      day->loaded = loaded_of(load, *loaded, *day->delivery);
      day->judged = true;
      continue;
    }
    if (!loaded) {
      const auto& error = loaded.error();
      if (is_ours(error.kind) || error.source != day->source->name) continue;
      day->error = error;
      day->judged = true;
      TRY_STATUS(day->decide(judge(*day->source, {nullptr, nullptr, &error, {}, {}, false},
                                   day->memory, moment_of(*day))));
      return false;
    }
    const auto today = loaded_of(load, *loaded, *day->delivery);
    TRY_ASSIGN(auto verdict, judge_read(*day, load, today));
    day->judged = true;
    TRY_STATUS(day->decide(std::move(verdict)));
    settled = settled && day->decision == Decision::accepted;
  }
  return settled;
}

Result<Verdict> Run::judge_read(SourceDay& day, const CanalLoad& load, const InputLoaded& loaded) {
  day.loaded = loaded;
  Arrived arrived{&*day.delivery, &*day.loaded,
                  nullptr,        {},
                  day.id,         ends_in_newline(*day.delivery, day.source->format)};
  TRY_ASSIGN(const auto outcome, expectations_of(*engine_, load, day));
  arrived.broken = outcome.broken;
  auto verdict = judge(*day.source, arrived, day.memory, moment_of(day));
  verdict.warnings.insert(verdict.warnings.end(), outcome.warnings.begin(), outcome.warnings.end());
  return verdict;
}

void Run::tell(std::size_t canal) {
  const auto& load = canais_[canal];
  for (std::size_t d = 0; d < days_.size(); ++d) {
    auto& day = days_[d];
    if (day.source->canal != load.canal) continue;
    Account account;
    std::int64_t undated = 0;
    for (std::size_t i = 0; i < load.sources.size(); ++i) {
      if (load.sources[i].source->name != day.source->name) continue;  // late rows are its, too
      account += loaded_[canal].inputs[i].account;
      undated += loaded_[canal].inputs[i].undated;
    }
    day.quarantined = account.quarantined;
    auto& report = report_.sources[d];
    report.account = account;
    report.warnings = day.verdict.warnings;
    if (day.verdict.accepted)
      if (auto warning = nothing_came_of(account)) report.warnings.push_back(std::move(*warning));
    if (undated > 0)
      report.warnings.push_back(
          fmt::format("{} clients stay in quarantine without a usable data_envio", undated));
    watcher_.loaded(*day.source, account);
  }
}

Status Run::show() const {
  if (!options_.computed) return {};
  std::vector<ComputedCanal> out;
  for (std::size_t i = 0; i < canais_.size(); ++i) {
    auto& canal = out.emplace_back(ComputedCanal{canais_[i].canal, {}});
    for (const auto& file : loaded_[i].files) canal.rows = canais_[i].folder / file.path;
  }
  return options_.computed(out);
}

Result<bool> Run::brake() {
  const StopWatch watch(options_.stop, *engine_);
  TRY_ASSIGN(auto canais,
             count_early_releases(*engine_,
                                  {published_->at, options_.data_carga, canais_, loaded_, *ledger_,
                                   options_.only.empty(), work_->path(), threads_, options_.stop}));
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

/// A new approval takes the place of the day's earlier one.
Status Run::approve(const std::vector<CanalReleases>& canais) {
  for (const auto& [canal, ceiling] : options_.approved_releases) {
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
                         options_.approved_by,
                         options_.approval_why,
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
  if (options_.approved_releases.empty() || options_.dry_run) return {};
  std::vector<LedgerRow> rows;
  for (auto& row : unpublished(Decision::held, "the release is approved, the day is not published"))
    if (options_.approved_releases.count(row.canal)) rows.push_back(std::move(row));
  // Those of a day that is published stay what they are.
  for (const auto& row : ledger_rows()) {
    const auto* known = ledger_->find(row.data_carga, row.source);
    const bool is_there = std::any_of(rows.begin(), rows.end(),
                                      [&](const auto& one) { return one.source == row.source; });
    if (known == nullptr || is_there || !options_.approved_releases.count(row.canal)) continue;
    rows.push_back(*known);
    rows.back().approved = row.approved;
  }
  TRY_STATUS(ledger_->record(rows, std::nullopt));
  for (auto& day : days_) day.memory = memory_of(*day.source);  // the ledger's rows moved
  return {};
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
    if (days_[i].error) report.hint = days_[i].error->hint;
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
  }
}

/// The rows of a day that this run does not publish. One that is published already keeps its rows:
/// they say what the table holds.
std::vector<LedgerRow> Run::unpublished(Decision decision, const std::string& why) const {
  auto rows = ledger_rows();
  std::erase_if(rows, [&](const LedgerRow& row) {
    const auto* known = ledger_->find(row.data_carga, row.source);
    return known != nullptr && known->decision != Decision::failed &&
           known->decision != Decision::held;
  });
  for (auto& row : rows) {
    if (row.decision != Decision::failed) row.reason = why;
    row.decision = decision;
    row.in_force.clear();
    row.in_force_since.reset();
  }
  return rows;
}

void Run::record_failure(const Error& error) {
  if (!ledger_ || options_.dry_run) return;
  const auto rows = unpublished(Decision::failed, "the run ended: " + error.what);
  if (!rows.empty()) (void)ledger_->record(rows, std::nullopt);  // the run's own error is told
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
    quarantined += loaded_[i].account().quarantined;
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
    std::this_thread::sleep_for(pause_after_lost_race(attempt + 1));
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
  TRY_STATUS(run.find_table());
  TRY_STATUS(run.recall());
  TRY_STATUS(run.choose_sources());
  report.status = options.dry_run ? RunStatus::dry_run : RunStatus::unchanged;
  if (report.sources.empty()) return {};  // of a past day nothing is kept
  TRY_STATUS(run.fetch());
  TRY_ASSIGN(bool changed, run.changed());
  report.status = RunStatus::unchanged;
  if (changed || options.dry_run || options.force) {
    TRY_STATUS(run.load());
    TRY_STATUS(run.show());
    if (options.compute_only) {
      report.status = RunStatus::dry_run;
      return {};
    }
    TRY_ASSIGN(changed, run.changed());  // what is in force may be what was there
    const bool publishes = changed || options.dry_run || options.force;
    TRY_ASSIGN(const bool free, publishes ? run.brake() : Result<bool>(true));
    if (!free) {
      report.status = RunStatus::held;
    } else if (options.dry_run) {
      report.status = RunStatus::dry_run;
    } else if (changed || options.force) {
      TRY_ASSIGN(report.status, run.publish());
    }
  }
  TRY_STATUS(run.record());
  return options.dry_run ? Status{} : run.announce();
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
      run.record_failure(status.error());
      report.error = std::move(status.error());
    }
  }
  report.finished_ms = now_ms();
  if (options.compute_only) return report;
  auto saved = save_report(plan.staging, report);
  if (saved && !plan.staging_remote.empty()) saved = put_report(plan, report, options.stop);
  if (!saved && !report.error) report.error = saved.error();
  return report;
}

}  // namespace quarentena
