#include "serve/published.h"

#include <algorithm>

#include "run/published_table.h"
#include "run/run_metrics.h"

namespace quarentena::serve {
namespace {

constexpr std::size_t kPastDays = 8;

bool same_version(const Index& a, const Index& b) {
  return a.info().table_id == b.info().table_id && a.info().version == b.info().version &&
         a.info().data_carga == b.info().data_carga;
}

}  // namespace

std::optional<OpenedIndex> PastDays::find(Date day) const {
  const std::lock_guard lock(mutex_);
  const auto found = days_.find(day);
  if (found == days_.end()) return std::nullopt;
  // A damaged file is made anew by who opens it next.
  if (found->second.index && found->second.index->damaged()) return std::nullopt;
  return found->second;
}

void PastDays::keep(Date day, OpenedIndex opened) {
  const std::lock_guard lock(mutex_);
  // Days that have no load cost nothing to find out again: they go first.
  while (days_.size() >= kPastDays && days_.count(day) == 0) {
    const auto none = std::find_if(days_.begin(), days_.end(),
                                   [](const auto& each) { return !each.second.index; });
    days_.erase(none != days_.end() ? none : days_.begin());
  }
  days_.insert_or_assign(day, std::move(opened));
}

Result<OpenedIndex> open_published(const Plan& plan, std::optional<Date> on, int threads,
                                   const std::atomic<bool>* stop) {
  TRY_ASSIGN(const auto table, find_published_table(plan, TableAccess::read, stop));
  OpenIndex options;
  options.on = on;
  options.threads = threads;
  options.stop = stop;
  return open_index(plan, table.at, options);
}

void Refresher::use(std::shared_ptr<const Plan> plan) {
  state_.plan = std::move(plan);
  state_.past = std::make_shared<PastDays>();
}

Status Refresher::look_at_table() {
  // At the start nobody is kept waiting; later those who ask go first.
  const int threads = state_.looked_ms == 0 ? 0 : 1;
  auto opened = open_published(*state_.plan, std::nullopt, threads, stop_);
  Published next = state_;
  next.runs = run_metrics(next.plan->staging);
  if (!opened) {
    ++next.failures;
    if (next.looked_ms != 0) publish(std::move(next));
    return fail_with(std::move(opened));
  }
  const auto& index = opened->index;
  const bool same =
      index && state_.index && !state_.index->damaged() && same_version(*index, *state_.index);
  if (!same) {
    next.index = index;
    next.past = std::make_shared<PastDays>();
  }
  next.why = opened->why;
  next.looked_ms = now_ms();
  next.failures = 0;
  publish(std::move(next));
  return {};
}

void Refresher::look_at_clock() {
  const Date today = today_in(state_.plan->timezone);
  const Unknown why =
      state_.index ? freshness(*state_.plan, state_.index->info(), now_ms()) : state_.why;
  if (today == state_.today && why == state_.why) return;
  publish(state_);
}

void Refresher::publish(Published next) {
  next.today = today_in(next.plan->timezone);
  if (next.index) next.why = freshness(*next.plan, next.index->info(), now_ms());
  state_ = next;
  current_.set(std::make_shared<const Published>(std::move(next)));
}

}  // namespace quarentena::serve
