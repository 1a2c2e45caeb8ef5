#include "trust/memory.h"

#include <algorithm>

namespace quarentena {
namespace {

bool in_force(const LedgerRow& row) {
  return row.counts() && !row.in_force.empty() && row.in_force_since;
}

InForce of(const LedgerRow& row) { return {row.in_force, *row.in_force_since}; }

/// The last contact of an events delivery leaves on newest_data_envio + dias; one without a date
/// holds nobody.
bool reaches(const LedgerRow& row, Date day, int dias) {
  return row.newest_data_envio && row.newest_data_envio->days() + dias >= day.days();
}

void add_once(std::vector<InForce>& to, const InForce& one) {
  const auto same = [&](const InForce& other) { return other.id == one.id; };
  if (std::none_of(to.begin(), to.end(), same)) to.push_back(one);
}

/// What `dias` was, from which day on; oldest first, the configured one last.
std::vector<std::pair<Date, Period>> periods_over_time(const Source& source,
                                                       const std::vector<const LedgerRow*>& history,
                                                       Date day) {
  std::vector<std::pair<Date, Period>> out;
  for (auto row = history.rbegin(); row != history.rend(); ++row) {
    if (!in_force(**row) || (*row)->data_carga >= day) continue;
    const Period period{(*row)->dias};
    if (out.empty() || out.back().second.dias != period.dias)
      out.emplace_back((*row)->data_carga, period);
  }
  if (out.empty() || out.back().second.dias != source.period.dias)
    out.emplace_back(day, source.period);
  return out;
}

std::vector<PeriodOfContacts> periods_of_contacts(
    const Source& source, const std::vector<std::pair<Date, Period>>& over_time) {
  const bool from_now = source.applies == Applies::from_now && !source.period.until_removed();
  std::vector<PeriodOfContacts> out;
  if (from_now) {
    for (const auto& [since, period] : over_time) {
      if (period.until_removed()) {
        out.clear();  // there was no period to keep to
        continue;
      }
      if (!out.empty()) out.back().sent.before = since;
      out.push_back({period, {out.empty() ? std::nullopt : std::optional(since), {}}});
    }
  }
  if (out.empty()) out.push_back({source.period, {}});
  return out;
}

}  // namespace

std::int64_t SourceMemory::median() const {
  if (usual.empty()) return 0;
  auto sorted = usual;
  std::sort(sorted.begin(), sorted.end());
  return sorted[sorted.size() / 2];
}

int SourceMemory::longest_period() const {
  int most = 0;
  for (const auto& each : periods) most = std::max(most, each.period.dias.value_or(0));
  return most;
}

SourceMemory remember(const Source& source, const std::vector<const LedgerRow*>& history,
                      Date day) {
  SourceMemory memory;
  const auto over_time = periods_over_time(source, history, day);
  memory.period_changed = over_time.size() > 1 && over_time.back().first == day;
  memory.periods = periods_of_contacts(source, over_time);

  const bool events = source.keeps == Keeps::events;
  const int dias = memory.longest_period();
  for (const auto* row : history) {
    if (row->data_carga > day || !in_force(*row)) continue;
    const bool earlier = row->data_carga < day;
    if (memory.last == nullptr) memory.last = row;
    if (earlier && memory.before == nullptr) memory.before = row;
    if (row->decision != Decision::accepted) continue;
    if (memory.accepted == nullptr) memory.accepted = row;
    if (earlier && memory.agreed == nullptr) memory.agreed = row;
    if (earlier && memory.usual.size() < kUsualLoads && row->rows_counted)
      memory.usual.push_back(*row->rows_counted);
    if (!events && earlier && row->in_force != memory.last->in_force)
      add_once(memory.replaced, of(*row));
    if (!events || !reaches(*row, day, dias)) continue;
    add_once(memory.carried, of(*row));
    if (earlier) add_once(memory.earlier, of(*row));
  }
  if (!events && memory.last != nullptr) memory.carried.push_back(of(*memory.last));
  return memory;
}

}  // namespace quarentena
