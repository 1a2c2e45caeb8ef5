#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/date.h"
#include "overview/overview.h"
#include "run/published_table.h"
#include "table/table.h"

namespace quarentena {
namespace {

using Json = nlohmann::ordered_json;

/// Rows by day and canal; nullopt: a file of theirs does not say how many it holds.
using Counts = std::map<std::string, std::map<std::string, std::optional<std::int64_t>>>;

Counts counts_of(const Snapshot& table) {
  Counts out;
  for (const auto& file : table.files) {
    const auto day = file.partition_value("data_carga");
    const auto canal = file.partition_value("canal");
    if (!day || !canal) continue;
    auto& rows = out[*day].try_emplace(*canal, 0).first->second;
    // The log counts the rows that a deletion vector hides as well.
    if (file.rows < 0 || file.deletion_vector)
      rows.reset();
    else if (rows)
      *rows += file.rows;
  }
  return out;
}

std::set<std::string> canais_of(const Counts& counts, const Plan& plan) {
  std::set<std::string> out;
  for (const auto& source : plan.sources) out.insert(source.canal);
  for (const auto& [day, canais] : counts)
    for (const auto& [canal, rows] : canais) out.insert(canal);
  return out;
}

/// A row of numbers a canal: half the size of an object a day, and what a chart wants.
Json columns_of(const Counts& counts, const std::set<std::string>& canais) {
  auto out = Json::array();
  for (const auto& canal : canais) {
    auto column = Json::array();
    for (const auto& [day, held] : counts) {
      const auto found = held.find(canal);
      if (found == held.end())
        column.push_back(0);
      else
        column.push_back(found->second ? Json(*found->second) : Json(nullptr));
    }
    out.push_back(std::move(column));
  }
  return out;
}

}  // namespace

Result<std::string> days_json(const Plan& plan, StopFlag stop) {
  TRY_ASSIGN(const auto published, find_published_table(plan, TableAccess::read, stop));
  TRY_ASSIGN(const auto table, read_snapshot(published.at));
  const auto counts = table ? counts_of(*table) : Counts();
  const auto canais = canais_of(counts, plan);
  auto days = Json::array();
  for (const auto& [day, held] : counts) days.push_back(day);
  const Json out = {{"version", table ? Json(table->version) : Json(nullptr)},
                    {"committed_at", table ? Json(utc_iso(table->timestamp_ms)) : Json(nullptr)},
                    {"today", today_in(plan.timezone).iso()},
                    {"timezone", plan.timezone},
                    {"canais", canais},
                    {"days", std::move(days)},
                    {"clients", columns_of(counts, canais)}};
  return out.dump() + "\n";
}

}  // namespace quarentena
