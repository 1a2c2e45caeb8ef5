#include "alerts/look.h"

#include <fmt/format.h>

#include <algorithm>

#include "lookup/lookup.h"
#include "run/published_table.h"
#include "run/source_check.h"
#include "sources/delivery.h"
#include "staging/kept_deliveries.h"
#include "trust/acceptance.h"
#include "trust/ledger.h"
#include "trust/memory.h"

namespace quarentena::alerts {
namespace {

/// The day that it is at that moment in the zone.
Date day_at(std::int64_t now_ms, const std::string& zone) {
  constexpr std::int64_t kDayMs = 86'400'000;
  const Date utc(static_cast<std::int32_t>(now_ms / kDayMs));
  const auto begins_by_now = [&](Date day) {
    const auto start = parse_timestamp_ms(day.iso(), zone);
    return start && *start <= now_ms;
  };
  if (begins_by_now(Date(utc.days() + 1))) return Date(utc.days() + 1);
  return begins_by_now(utc) ? utc : Date(utc.days() - 1);
}

/// When the source's delivery of `day` is due; nullopt: it has no deadline.
std::optional<std::int64_t> due_ms(const Plan& plan, const Source& source, Date day) {
  const auto& limits = source.acceptance;
  if (!limits.deadline_minutes) return std::nullopt;
  const auto at =
      parse_timestamp_ms(fmt::format("{}T{:02}:{:02}:00", day.iso(), *limits.deadline_minutes / 60,
                                     *limits.deadline_minutes % 60),
                         limits.timezone.empty() ? plan.timezone : limits.timezone);
  return at ? std::optional(*at) : std::nullopt;
}

/// nullopt: it delivered, and nothing speaks against it so far; else why not.
std::optional<SourceStatus> why_not_in_time(const Plan& plan, const Source& source, Date day,
                                            const Ledger& ledger, std::int64_t now_ms,
                                            const std::atomic<bool>* stop) {
  RunOptions options;
  options.data_carga = day;
  options.stop = stop;
  const auto memory = remember(source, ledger.history(source.name, Date(day.days() + 1)), day);
  const Moment moment{now_ms, day, plan.timezone};
  const auto fetched = fetch(source, fetch_context(plan, source, options));
  Verdict verdict;
  if (!fetched) {
    // A server that cannot be asked now says nothing of the delivery; the run will tell.
    if (fetched.error().kind != ErrorKind::missing) return std::nullopt;
    verdict = judge(source, {nullptr, nullptr, &fetched.error(), {}, {}}, memory, moment);
  } else {
    const Arrived arrived{&*fetched, nullptr, nullptr, {}, KeptDeliveries::id_of(source, *fetched),
                          true};
    verdict = judge(source, arrived, memory, moment);
  }
  return verdict.accepted ? std::nullopt : std::optional(verdict.status);
}

void ask_late_sources(const Plan& plan, const Ledger& ledger, const Memory& known,
                      std::int64_t now_ms, const std::atomic<bool>* stop, Findings& found) {
  for (const auto& source : plan.sources) {
    const auto due = due_ms(plan, source, found.today);
    if (!due || now_ms <= *due || known.incidents.is_open(key_of_source(source.name))) continue;
    // A run has judged it, and told.
    if (ledger.find(found.today, source.name) != nullptr) continue;
    const auto seen = known.in_time.find(source.name);
    if (seen != known.in_time.end() && seen->second == found.today) continue;
    if (const auto came = why_not_in_time(plan, source, found.today, ledger, now_ms, stop)) {
      found.late.push_back(late_notice(plan, source, found.today, *came));
      found.late.back().at_ms = now_ms;
    } else {
      found.in_time.push_back(source.name);
    }
  }
}

/// The newest load up to today, as the ledger has it: its rows are in the days' order.
std::optional<IndexInfo> newest_load(const Ledger& ledger, Date today) {
  std::optional<IndexInfo> newest;
  for (const auto& row : ledger.rows()) {
    if (!row.published() || row.data_carga > today) continue;
    if (!newest || newest->data_carga < row.data_carga) {
      newest.emplace();
      newest->data_carga = row.data_carga;
    }
    newest->loaded_ms = std::max(newest->loaded_ms, row.decided_ms);
  }
  return newest;
}

}  // namespace

Result<Findings> find_out(const Plan& plan, const Memory& known, std::int64_t now_ms,
                          const std::atomic<bool>* stop) {
  TRY_ASSIGN(const auto published, find_published_table(plan, TableAccess::read, stop));
  TRY_ASSIGN(const auto ledger, Ledger::read(published.at));
  Findings found;
  found.today = day_at(now_ms, plan.timezone);
  if (const auto newest = newest_load(ledger, found.today)) {  // else the first has not been
    if (freshness(plan, *newest, now_ms) == Unknown::none) {
      found.fresh = newest->data_carga;
    } else {
      found.stale = stale_notice(plan, newest->data_carga, newest->loaded_ms, now_ms);
      found.stale->at_ms = now_ms;
    }
  }
  ask_late_sources(plan, ledger, known, now_ms, stop, found);
  return found;
}

}  // namespace quarentena::alerts
