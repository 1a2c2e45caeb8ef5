#include "run/kept_day.h"

#include <fmt/format.h>

#include <algorithm>

namespace quarentena {
namespace {

/// The newest of what came: by its digest when a row names it, else by the day it came for.
std::optional<Manifest> came(const KeptDeliveries& kept, const std::string& source, Date day,
                             const LedgerRow* row) {
  const auto manifests = kept.manifests(source);
  const bool named = row != nullptr && !row->digest.empty();
  const auto found = std::find_if(manifests.rbegin(), manifests.rend(), [&](const Manifest& m) {
    return named ? m.digest == row->digest : m.data_carga == day;
  });
  if (found == manifests.rend()) return std::nullopt;
  return *found;
}

}  // namespace

void recall_day(SourceDay& day, const Ledger& ledger, const KeptDeliveries& kept, Date data_carga) {
  const auto* row = ledger.find(data_carga, day.source->name);
  if (row != nullptr && row->published() && !row->never_asked()) {
    // A day that was run again without its file carries what it had accepted before.
    const bool own = row->decision != Decision::skipped && row->in_force_since == data_carga;
    day.then = *row;
    day.verdict = {row->status, own, row->reason, {}};
    day.decision = own ? Decision::accepted : row->decision;
    if (own) day.id = row->in_force;
    return;
  }
  if (const auto manifest = came(kept, day.source->name, data_carga, row)) {
    day.id = manifest->id;
    // The same bytes may have come again on that day, after they first did.
    day.came_ms = row != nullptr ? row->decided_ms : manifest->fetched_ms;
    return;
  }
  day.not_asked();
  day.verdict.reason = "computed later, from what was kept";
}

Plan plan_of_day(const Plan& plan, const Ledger& ledger, Date data_carga) {
  auto out = plan;
  for (auto& source : out.sources) {
    if (source.applies != Applies::from_now || source.period.until_removed()) continue;
    for (const auto& row : ledger.rows()) {  // by day
      if (row.source != source.name || row.data_carga < data_carga || row.in_force.empty() ||
          !row.published())
        continue;
      source.period.dias = row.dias;
      break;
    }
  }
  return out;
}

tl::unexpected<Error> fail_on(Date day, Error error) {
  error.what = fmt::format("{}: {}", day.iso(), error.what);
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace quarentena
