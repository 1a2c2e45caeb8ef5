#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "base/parallel.h"
#include "base/sha256.h"
#include "run/fingerprint.h"
#include "run/open_engine.h"
#include "run/partition_path.h"
#include "run/run.h"
#include "run/stop_watch.h"
#include "run/timer.h"
#include "staging/kept_folder.h"

namespace quarentena {
namespace {

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

/// The long ones first, so that none is left alone at the end: a sheet takes one thread and ten
/// times as long a byte as the rest.
std::int64_t cost(const CanalLoad& canal) {
  std::int64_t sum = 0;
  for (const auto& s : canal.sources)
    sum +=
        s.delivery->size_bytes * (std::holds_alternative<XlsxOptions>(s.source->format) ? 10 : 1);
  return sum;
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

}  // namespace

Status Run::load() {
  TRY_ASSIGN(work_, store_->work_folder(report_.run_id));
  placed_ = std::make_unique<PlacedFiles>(*store_, options_.data_carga);
  // Each canal is loaded by a thread of its own; the engine adds as many as are left.
  const auto callers = std::min(threads_, canais_.size());
  TRY_ASSIGN(engine_, open_engine(plan_, {threads_ - callers + 1, work_->path(),
                                          work_->path() / "spill", options_.stop}));
  std::stable_sort(canais_.begin(), canais_.end(),
                   [](const auto& a, const auto& b) { return cost(a) > cost(b); });
  loaded_.resize(canais_.size());

  for (std::size_t i = 0; i < days_.size(); ++i)
    if (days_[i].delivery && !days_[i].delivery->only_table_has_rows()) to_keep_.push_back(i);
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
  TRY_STATUS(combined(results));
  return keep_readings();
}

/// What came is kept before anything relies on it.
Status Run::keep_deliveries() {
  TRY_STATUS(keep_late());
  for (const auto index : to_keep_) TRY_STATUS(keep_delivery(index));
  return {};
}

Status Run::keep_late() {
  if (options_.dry_run || !options_.late) return {};
  for (const auto& day : days_)
    for (const auto* rows : day.late)
      TRY_STATUS(kept_->keep(late_rows_of(*day.source), rows->delivery,
                             {"backfill --with-late", options_.data_carga, report_.run_id, {}}));
  return {};
}

/// A dry run relies on nothing.
Status Run::keep_delivery(std::size_t index) {
  if (options_.dry_run || from_kept()) return {};
  const auto& day = days_[index];
  return kept_
      ->keep(*day.source, *day.delivery,
             {report_.sources[index].location, options_.data_carga, report_.run_id,
              context_of(*day.source).inbox})
      .map([](const auto&) {});
}

/// What was refused at first may be kept as it could not be read.
Status Run::keep_readings() const {
  if (options_.dry_run || from_kept()) return {};
  for (const auto& day : days_)
    if (day.delivery && day.decision == Decision::accepted)
      TRY_STATUS(kept_->accepted(*day.source, day.id));
  return {};
}

/// Once a table is gone, or VACUUM went over it, only a copy tells what it delivered. The load
/// reads that copy too, so the table itself is read once.
Status Run::copy_tables(const CanalLoad& canal) {
  for (std::size_t i = 0; i < days_.size(); ++i) {
    auto& day = days_[i];
    const bool of_today = day.delivery && day.decision == Decision::accepted && !from_kept();
    if (day.source->canal != canal.canal || !of_today) continue;
    if (day.delivery->only_table_has_rows()) TRY_STATUS(copy_table(i));
  }
  return {};
}

Status Run::copy_table(std::size_t index) {
  auto& day = days_[index];
  auto& delivery = *day.delivery;
  TRY_ASSIGN(const auto manifest, kept_->manifest(day.source->name, day.id));
  if (manifest && !manifest->delta_columns.empty()) {
    auto same = kept_->open(*day.source, day.id, context_of(*day.source));
    if (same) {
      delivery.files = std::move(same->files);
      delivery.lease = std::move(same->lease);
      delivery.delta->columns = manifest->delta_columns;
      return keep_delivery(index);
    }
  }
  TRY_ASSIGN(const auto folder, work_->add(fmt::format("table-{}", index)));
  const auto file = folder / fmt::format("version-{}.parquet", delivery.delta->version);
  const SourceLoad load{day.source,          &delivery,          nullptr,
                        options_.data_carga, day.source->period, {}};
  TRY_ASSIGN(delivery.delta->columns, engine_->copy_table(load, file));
  TRY_ASSIGN(const std::string digest, sha256_of_file(file));
  std::error_code ignored;
  delivery.files = {{file, static_cast<std::int64_t>(std::filesystem::file_size(file, ignored)),
                     modified_ms(file), digest}};
  return keep_delivery(index);
}

Result<CanalLoaded> Run::read_canal(const CanalLoad& canal) {
  TRY_STATUS(copy_tables(canal));
  return engine_->load(canal);
}

/// A table on a store that the engine writes to gets its rows from there, and not through us.
void Run::let_engine_place(CanalLoad& canal) {
  if (!places_rows(plan_) || options_.compute_only) return;
  canal.in_table = fmt::format("{}/{}-{}", partition_path(options_.data_carga, canal.canal),
                               report_.run_id, canal.folder.filename().string());
  const std::lock_guard lock(placing_);
  placed_->expect(canal.in_table);
}

/// Loads it, and once more with what is in force for each delivery that is not accepted.
Status Run::load_canal(std::size_t index) {
  const Timer timer;
  auto& canal = canais_[index];
  for (std::size_t attempt = 0;; ++attempt) {
    TRY_ASSIGN(canal.folder, work_->add(fmt::format("{}-{}", index, attempt)));
    let_engine_place(canal);
    // A source that is skipped may have been its only one.
    auto loaded = canal.sources.empty() ? Result<CanalLoaded>(CanalLoaded{}) : read_canal(canal);
    TRY_ASSIGN(const bool settled, judge_canal(canal, loaded));
    if (settled) {
      if (!loaded) return tl::unexpected<Error>(at_the_root(canal, loaded.error()));
      loaded_[index] = std::move(*loaded);
      tell(index, timer.lapse());
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
  if (!loaded)
    for (auto* day : days_of(load.canal))
      if (loaded.error().source == day->source->name && day->read_as_then()) return false;
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
  const auto& approved = options_.approved;
  if (approved.changed_sources.contains(day.source->name))
    arrived.change_accepted = fmt::format("{}: {}", approved.by, approved.why);
  TRY_ASSIGN(const auto outcome, expectations_of(*engine_, load, day));
  arrived.broken = outcome.broken;
  auto verdict = judge(*day.source, arrived, day.memory, moment_of(day));
  verdict.on_failure = outcome.on_failure;
  verdict.warnings.insert(verdict.warnings.end(), outcome.warnings.begin(), outcome.warnings.end());
  return verdict;
}

void Run::tell(std::size_t canal, const Lapse& lapse) {
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
    report.loaded = lapse;
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
  for (const auto& canal : canais_) {
    if (!options_.queries || canal.sources.empty()) continue;
    TRY_ASSIGN(const auto sql, engine_->query_of(canal));
    options_.queries(canal.canal, sql);
  }
  if (!options_.computed) return {};
  std::vector<ComputedCanal> out;
  for (std::size_t i = 0; i < canais_.size(); ++i) {
    auto& canal = out.emplace_back(ComputedCanal{canais_[i].canal, {}});
    for (const auto& file : loaded_[i].files) canal.rows.push_back(canais_[i].folder / file.path);
  }
  return options_.computed(out);
}

}  // namespace quarentena
