#include <nlohmann/json.hpp>

#include "base/date.h"
#include "history/history.h"
#include "overview/overview.h"
#include "run/published_table.h"
#include "trust/ledger.h"

namespace quarentena {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kRuns = 100;

template <class T>
void put(Json& object, const char* key, const std::optional<T>& value) {
  if (value) object[key] = *value;
}

/// What is empty or absent is left out: there are thousands of these.
Json cell(const LedgerRow& row) {
  Json out = {{"day", row.data_carga.iso()},
              {"source", row.source},
              {"canal", row.canal},
              {"status", name(row.status)},
              {"decision", name(row.decision)}};
  if (!row.reason.empty()) out["reason"] = row.reason;
  if (row.in_force_since) out["in_force_since"] = row.in_force_since->iso();
  put(out, "rows_read", row.rows_read);
  put(out, "rows_counted", row.rows_counted);
  put(out, "rows_rejected", row.rows_rejected);
  put(out, "rows_quarantined", row.rows_quarantined);
  if (row.newest_data_envio) out["newest_data_envio"] = row.newest_data_envio->iso();
  out["decided_at"] = utc_iso(row.decided_ms);
  out["run_id"] = row.run_id;
  if (!row.approved.empty()) out["approved"] = true;
  return out;
}

}  // namespace

Result<std::string> ledger_json(const Plan& plan, StopFlag stop) {
  TRY_ASSIGN(const auto published, find_published_table(plan, TableAccess::read, stop));
  TRY_ASSIGN(const auto ledger, Ledger::read(published.at));
  auto sources = Json::array();
  for (const auto& source : plan.sources)
    sources.push_back({{"source", source.name}, {"canal", source.canal}});
  auto cells = Json::array();
  for (const auto& row : ledger.rows()) cells.push_back(cell(row));
  const Json out = {{"sources", std::move(sources)}, {"cells", std::move(cells)}};
  return out.dump() + "\n";
}

Result<std::string> runs_json(const Plan& plan, StopFlag stop) {
  auto runs = Json::array();
  for (const auto& report : past_runs(plan, stop).runs) {
    if (runs.size() == kRuns) break;
    runs.push_back(Json::parse(to_json(report)));
  }
  const Json out = {{"runs", std::move(runs)}};
  return out.dump() + "\n";
}

}  // namespace quarentena
