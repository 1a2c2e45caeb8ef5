#include "serve/overviews.h"

#include <fmt/format.h>

#include "overview/overview.h"

namespace quarentena::serve {
namespace {

/// What a run leaves is seen by the next look after this; who looked first sees the one before.
constexpr int kMaxAge_ms = 10'000;

}  // namespace

WantedDocument wanted_document(Endpoint endpoint, const Published& published,
                               const std::atomic<bool>* stop) {
  const auto plan = published.plan;
  const auto with = [&](const char* key, auto make) {
    return WantedDocument{key, "", kMaxAge_ms, [plan, stop, make] { return make(*plan, stop); }};
  };
  switch (endpoint) {
    case Endpoint::days:
      return with("days", days_json);
    case Endpoint::ledger:
      return with("ledger", ledger_json);
    case Endpoint::runs:
      return with("runs", runs_json);
    default:
      break;
  }
  // It is read from the rows: once for a version of the table and, as a day may have been loaded
  // ahead, a date.
  const auto edition = fmt::format("{} {}", published.index ? published.index->info().version : -1,
                                   published.today.iso());
  // One thread: those who check go first.
  return {"newest-day", edition, 0, [plan, stop] { return newest_day_json(*plan, 1, stop); }};
}

}  // namespace quarentena::serve
