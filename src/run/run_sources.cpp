#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/parallel.h"
#include "run/fingerprint.h"
#include "run/kept_day.h"
#include "run/run.h"
#include "run/timer.h"

namespace quarentena {
namespace {

/// Fetching waits for servers more than it works: the slowest source should set the time.
constexpr std::size_t kFetchesAtOnce = 16;

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

}  // namespace

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

Status Run::add_source(const Source& source) {
  auto& day = days_.emplace_back();
  day.source = &source;
  day.memory = memory_of(source);
  auto& report = report_.sources.emplace_back();
  report.name = source.name;
  report.canal = source.canal;
  report.location = source.location;
  if (!options_.late) return recall_late(day);
  for (const auto& late : *options_.late)
    if (late.source == source.name) day.late.push_back(&late);
  return {};
}

/// What was put into the day stays in it, whichever way it is computed again.
Status Run::recall_late(SourceDay& day) {
  const auto* row = ledger_->find(options_.data_carga, day.source->name);
  if (row == nullptr || row->late_rows.empty()) return {};
  auto opened = kept_->open(late_rows_of(*day.source), row->late_rows, context_of(*day.source));
  if (!opened) {
    auto error = std::move(opened.error());
    error.hint = "`backfill --with-late` looks for the rows that came late again";
    return tl::unexpected<Error>(std::move(error));
  }
  day.late.push_back(&late_.emplace_back(
      LateRows{day.source->name, standard_columns(*day.source), std::move(*opened)}));
  return {};
}

bool Run::is_asked(const Source& source) const {
  const auto& only = options_.only;
  return only.empty() || std::count(only.begin(), only.end(), source.name) > 0;
}

/// A change is accepted of a source that is asked.
Status Run::check_accepted_changes() const {
  for (const auto& name : options_.approved.changed_sources) {
    const auto* source = plan_.find(name);
    if (source != nullptr && is_asked(*source)) continue;
    return fail(ErrorKind::config,
                fmt::format("a change is accepted of '{}', which is no source of this run", name),
                "name a source as quarentena.yml does");
  }
  return {};
}

/// With --only the other sources are not asked. What the day has of them stays; what it has not is
/// carried forward, or the campaigns of the day would find those canais empty.
Status Run::choose_sources() {
  TRY_STATUS(check_only(plan_, options_.only));
  TRY_STATUS(check_accepted_changes());
  if (from_kept()) return choose_kept();
  for (const auto& source : plan_.sources) {
    const bool asked = is_asked(source);
    if (!asked && ledger_->find(options_.data_carga, source.name) != nullptr) continue;
    TRY_STATUS(add_source(source));
    if (asked) {
      TRY_ASSIGN(report_.sources.back().location,
                 location_on(source.location, options_.data_carga));
      continue;
    }
    days_.back().not_asked();
    if (days_.back().memory.last != nullptr) continue;
    days_.back().never_asked();
    left_.push_back(days_.back().row(options_.data_carga, source.location));
    days_.pop_back();
    report_.sources.pop_back();
  }
  return {};
}

/// A source of which nothing is known on that day has no part in it.
Status Run::choose_kept() {
  for (const auto& source : plan_.sources) {
    if (!is_asked(source)) continue;
    TRY_STATUS(add_source(source));
    auto& day = days_.back();
    recall_day(day, *ledger_, *kept_, options_.data_carga);
    if (day.decision == Decision::carried && day.memory.last == nullptr && day.late.empty()) {
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
  day.source_then = kept_->source_then(*day.source, day.id);
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
  TRY_STATUS(combined(in_parallel(days_.size(), kFetchesAtOnce, [&](std::size_t i) {
    const Timer timer;
    auto done = fetch_one(i);
    if (days_[i].delivery) report_.sources[i].fetched = timer.lapse();
    return done;
  })));
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

}  // namespace quarentena
