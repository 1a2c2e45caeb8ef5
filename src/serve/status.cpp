#include <nlohmann/json.hpp>

#include "base/date.h"
#include "serve/api.h"

namespace quarentena::serve {
namespace {

using Json = nlohmann::ordered_json;

Json canal_json(const CanalState& state) {
  return {
      {"canal", state.canal},
      {"source", state.source},
      {"decision", name(state.decision)},
      {"in_force_since", state.in_force_since ? Json(state.in_force_since->iso()) : Json(nullptr)}};
}

}  // namespace

std::string status_json(const Published& published) {
  Json table = nullptr;
  auto canais = Json::array();
  if (published.index) {
    const IndexInfo& info = published.index->info();
    table = {{"version", info.version},
             {"data_carga", info.data_carga.iso()},
             {"loaded_at", utc_iso(info.loaded_ms)},
             {"age_s", (now_ms() - info.loaded_ms) / 1000},
             {"rows", info.rows},
             {"rows_without_email", info.without_email},
             {"rows_without_telefone", info.without_telefone},
             {"has_cpf", info.has_cpf}};
    for (const CanalState& state : info.canais) canais.push_back(canal_json(state));
  }
  const bool known = published.why == Unknown::none;
  const Json out = {{"answers", known ? "known" : "unknown"},
                    {"why", known ? Json(nullptr) : Json(name(published.why))},
                    {"today", published.today.iso()},
                    {"table", std::move(table)},
                    {"canais", std::move(canais)},
                    {"looked_at", utc_iso(published.looked_ms)},
                    {"failures_since", published.failures}};
  return out.dump() + "\n";
}

}  // namespace quarentena::serve
