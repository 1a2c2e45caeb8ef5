#include <nlohmann/json.hpp>

#include "lookup/index_file.h"

namespace quarentena {
namespace {

using Json = nlohmann::json;

Json to_json(const Place& place) { return {place.at, place.count}; }
Place place_in(const Json& json) { return {json.at(0), json.at(1)}; }

Json to_json(const Layout& layout) {
  Json keys = Json::array();
  for (const auto& key : layout.keys)
    keys.push_back({{"bits", key.bits},
                    {"directory", to_json(key.directory)},
                    {"hashes", to_json(key.hashes)},
                    {"rows", to_json(key.rows)}});
  return {{"keys", keys},
          {"facts", to_json(layout.facts)},
          {"fact_of_row", to_json(layout.fact_of_row)},
          {"of_row", {to_json(layout.of_row[0]), to_json(layout.of_row[1])}},
          {"bytes", layout.bytes}};
}

Layout layout_in(const Json& json) {
  Layout layout;
  for (std::size_t kind = 0; kind < layout.keys.size(); ++kind) {
    const auto& key = json.at("keys").at(kind);
    layout.keys[kind] = {key.at("bits"), place_in(key.at("directory")), place_in(key.at("hashes")),
                         place_in(key.at("rows"))};
  }
  layout.facts = place_in(json.at("facts"));
  layout.fact_of_row = place_in(json.at("fact_of_row"));
  for (std::size_t i = 0; i < 2; ++i) layout.of_row[i] = place_in(json.at("of_row").at(i));
  layout.bytes = json.at("bytes");
  return layout;
}

Json to_json(const CanalState& state) {
  Json json = {
      {"canal", state.canal}, {"source", state.source}, {"decision", name(state.decision)}};
  if (state.in_force_since) json["in_force_since"] = state.in_force_since->days();
  return json;
}

CanalState state_in(const Json& json) {
  CanalState state{json.at("canal"), json.at("source"), {}, {}};
  state.decision = decision(json.at("decision").get<std::string>()).value();
  if (json.contains("in_force_since"))
    state.in_force_since = Date(json.at("in_force_since").get<std::int32_t>());
  return state;
}

}  // namespace

std::string to_text(const Description& description) {
  const auto& info = description.info;
  Json sources = Json::array();
  for (const auto& state : info.canais) sources.push_back(to_json(state));
  return Json{{"location", info.location},
              {"table_id", info.table_id},
              {"version", info.version},
              {"data_carga", info.data_carga.days()},
              {"loaded_ms", info.loaded_ms},
              {"rows", info.rows},
              {"without_email", info.without_email},
              {"without_telefone", info.without_telefone},
              {"has_cpf", info.has_cpf},
              {"sources", sources},
              {"canais", description.canais},
              {"layout", to_json(description.layout)}}
      .dump();
}

std::optional<Description> description_in(std::string_view text) {
  try {
    const auto json = Json::parse(text);
    Description out;
    auto& info = out.info;
    info.location = json.at("location");
    info.table_id = json.at("table_id");
    info.version = json.at("version");
    info.data_carga = Date(json.at("data_carga").get<std::int32_t>());
    info.loaded_ms = json.at("loaded_ms");
    info.rows = json.at("rows");
    info.without_email = json.at("without_email");
    info.without_telefone = json.at("without_telefone");
    info.has_cpf = json.at("has_cpf");
    for (const auto& state : json.at("sources")) info.canais.push_back(state_in(state));
    out.canais = json.at("canais");
    out.layout = layout_in(json.at("layout"));
    return out;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace quarentena
