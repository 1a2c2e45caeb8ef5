#include "run/explanation_json.h"

#include <nlohmann/json.hpp>

namespace quarentena {
namespace {

using Json = nlohmann::ordered_json;

template <class Value>
Json optional_json(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}
Json day_json(const std::optional<Date>& day) { return day ? Json(day->iso()) : Json(nullptr); }

Json json_of(const EvidenceRow& row) {
  return {{"outcome", name(row.outcome)},
          {"why", row.why},
          {"source", row.source},
          {"origin", row.origin},
          {"file", row.file},
          {"row", row.row},
          {"accepted_for", row.accepted_for.iso()},
          {"email", optional_json(row.email)},
          {"telefone", optional_json(row.telefone)},
          {"assunto", optional_json(row.assunto)},
          {"data_envio", day_json(row.data_envio)},
          {"data_envio_text", optional_json(row.data_envio_text)},
          {"saida_prevista", day_json(row.leaves)}};
}

Json json_of(const EvidenceSource& source) {
  return {{"source", source.name},
          {"status", source.status ? Json(name(*source.status)) : Json(nullptr)},
          {"decision", source.decision ? Json(name(*source.decision)) : Json(nullptr)},
          {"reason", source.reason},
          {"in_force_since", day_json(source.in_force_since)},
          {"carried_since", day_json(source.carried_since)},
          {"missing", source.missing.empty() ? Json(nullptr) : Json(source.missing)}};
}

Json json_of(const PublishedRow& row) {
  return {
      {"email", optional_json(row.email)},       {"telefone", optional_json(row.telefone)},
      {"assunto", optional_json(row.assunto)},   {"data_envio", day_json(row.data_envio)},
      {"qtd_dias", optional_json(row.qtd_dias)}, {"saida_prevista", day_json(row.saida_prevista)}};
}

Json json_of(const CanalExplanation& canal) {
  auto sources = Json::array(), rows = Json::array();
  for (const auto& source : canal.sources) sources.push_back(json_of(source));
  for (const auto& row : canal.rows) rows.push_back(json_of(row));
  return {{"canal", canal.canal},
          {"in_quarantine", canal.published.has_value()},
          {"because", name(canal.because)},
          {"reason", canal.reason},
          {"published", canal.published ? json_of(*canal.published) : Json(nullptr)},
          {"last_published", day_json(canal.last_published)},
          {"rows", std::move(rows)},
          {"sources", std::move(sources)}};
}

}  // namespace

std::string to_json(const Explanation& explanation) {
  auto canais = Json::array();
  for (const auto& canal : explanation.canais) canais.push_back(json_of(canal));
  const Json out = {{"schema", "quarentena/explain/1"},
                    {"id_cliente", explanation.id_cliente},
                    {"data_carga", explanation.day.iso()},
                    {"version", explanation.version},
                    {"in_quarantine", explanation.in_quarantine()},
                    {"canais", std::move(canais)}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace quarentena
