#include "config/schema.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/document.h"
#include "config/keys.h"

namespace quarentena {
namespace {

using Json = nlohmann::ordered_json;
using keys::Key;
using keys::Shape;

/// Texts of one line, not blank, without control characters.
constexpr const char* kLine =
    "^[^\\u0000-\\u001f\\u007f]*[^\\s\\u0000-\\u001f\\u007f][^\\u0000-\\u001f\\u007f]*$";

Json of_keys(const std::vector<Key>& known);

Json to_json(const yaml::Node& node) {
  switch (node.kind) {
    case yaml::Node::Kind::nothing:
      return nullptr;
    case yaml::Node::Kind::text:
      return node.scalar;
    case yaml::Node::Kind::integer:
      return std::stoll(node.scalar);
    case yaml::Node::Kind::real:
      return std::stod(node.scalar);
    case yaml::Node::Kind::boolean:
      return node.scalar == "true";
    case yaml::Node::Kind::list: {
      Json list = Json::array();
      for (const yaml::Node& item : node.items) list.push_back(to_json(item));
      return list;
    }
    case yaml::Node::Kind::map: {
      Json map = Json::object();
      for (const yaml::Entry& entry : node.entries) map[entry.key] = to_json(entry.value);
      return map;
    }
  }
  return nullptr;
}

Json of_map(const Shape& shape) {
  Json out = of_keys(*shape.keys);
  const bool all = shape.exactly_one.size() == shape.keys->size() && !shape.keys->empty();
  if (all) {
    out["minProperties"] = 1;
    out["maxProperties"] = 1;
  } else if (!shape.exactly_one.empty()) {
    for (const std::string& name : shape.exactly_one) {
      out["oneOf"].push_back({{"required", Json::array({name})}});
    }
  }
  if (shape.not_empty) out["minProperties"] = 1;
  if (!shape.at_most_one.empty()) out["not"] = {{"required", shape.at_most_one}};
  return out;
}

Json of_named_maps(const Shape& shape) {
  return {{"type", "object"},
          {"minProperties", 1},
          {"propertyNames", {{"pattern", shape.pattern}}},
          {"additionalProperties", of_keys(*shape.keys)}};
}

/// `max` is 100, or as large as its digits allow.
Json of_percent(const Shape& shape) {
  const std::string pattern =
      shape.max == 100
          ? "^(100|[1-9]?[0-9])%$"
          : "^(0|[1-9][0-9]{0," + std::to_string(std::to_string(shape.max).size() - 1) + "})%$";
  const Json number{{"type", "integer"}, {"minimum", shape.min}, {"maximum", shape.max}};
  return {{"anyOf", Json::array({number, {{"type", "string"}, {"pattern", pattern}}})}};
}

std::string escaped(const std::string& word) {
  std::string out;
  for (char c : word) out += c == '\\' ? std::string("\\\\") : std::string(1, c);
  return out;
}

Json of_character(const Shape& shape) {
  std::string pattern = "[ -~\\t]";
  for (const std::string& word : shape.words) pattern += "|" + escaped(word);
  return {{"type", "string"}, {"pattern", "^(" + pattern + ")$"}};
}

Json of_shape(const Shape& shape) {
  const std::string pattern = shape.pattern.empty() ? kLine : shape.pattern;
  switch (shape.is) {
    case Shape::Is::text:
      return {{"type", "string"}, {"pattern", pattern}};
    case Shape::Is::long_text:
      return {{"type", "string"}, {"pattern", "\\S"}};
    case Shape::Is::character:
      return of_character(shape);
    case Shape::Is::word:
      return {{"enum", shape.words}};
    case Shape::Is::integer:
      return {{"type", "integer"}, {"minimum", shape.min}, {"maximum", shape.max}};
    case Shape::Is::percent:
      return of_percent(shape);
    case Shape::Is::boolean:
      return {{"type", "boolean"}};
    case Shape::Is::texts:
      return {
          {"type", "array"}, {"minItems", 1}, {"items", {{"type", "string"}, {"pattern", kLine}}}};
    case Shape::Is::map:
      return of_map(shape);
    case Shape::Is::named_maps:
      return of_named_maps(shape);
    case Shape::Is::maps:
      return {{"type", "array"}, {"minItems", 1}, {"items", of_keys(*shape.keys)}};
  }
  return {};
}

Json of_key(const Key& key) {
  std::string description = key.doc;
  if (!key.by_default.empty()) description += " Default: " + key.by_default + ".";
  description.erase(std::remove(description.begin(), description.end(), '`'), description.end());
  Json out{{"description", std::move(description)}};
  for (const std::string& example : key.examples) {
    std::vector<Problem> none;
    if (const auto node = yaml::parse(example, none)) out["examples"].push_back(to_json(*node));
  }
  if (key.shapes.size() == 1) {
    out.update(of_shape(key.shapes.front()));
  } else {
    for (const Shape& shape : key.shapes) out["anyOf"].push_back(of_shape(shape));
  }
  return out;
}

/// `dias` may be left out for the canals that have a default.
Json dias_or_default_canal() {
  Json canals = Json::array();
  for (const DefaultPeriod& each : default_periods) canals.push_back(each.canal);
  return Json::array(
      {{{"required", Json::array({"dias"})}}, {{"properties", {{"canal", {{"enum", canals}}}}}}});
}

Json of_keys(const std::vector<Key>& known) {
  Json out{{"type", "object"}, {"properties", Json::object()}, {"additionalProperties", false}};
  for (const Key& key : known) {
    out["properties"][key.name] = of_key(key);
    if (key.required) out["required"].push_back(key.name);
  }
  if (&known == &keys::source()) out["anyOf"] = dias_or_default_canal();
  return out;
}

}  // namespace

std::string json_schema() {
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "quarentena.yml"},
              {"description",
               "The configuration of Quarentena: who delivers contacts, and for how "
               "long each channel keeps a client in quarantine."}};
  schema.update(of_keys(keys::root()));
  return schema.dump(2) + "\n";
}

}  // namespace quarentena
