#include <nlohmann/json.hpp>

#include "analytics/analytics.h"

namespace quarentena::analytics {
namespace {

using Json = nlohmann::ordered_json;

Json words(const Words& text) {
  return {{"pt", text.in(Language::pt)}, {"en", text.in(Language::en)}};
}

Json chart_json(const Chart& chart) {
  if (chart.kind == Chart::Kind::none) return nullptr;
  return {{"kind", name(chart.kind)}, {"x", chart.x}, {"y", chart.y}, {"series", chart.series}};
}

Json described(const Analysis& analysis) {
  auto parameters = Json::array();
  for (const auto& parameter : analysis.parameters)
    parameters.push_back({{"name", parameter.name},
                          {"type", name(parameter.type)},
                          {"default", parameter.by_default},
                          {"label", words(parameter.label)}});
  return {{"name", analysis.name},
          {"title", words(analysis.title)},
          {"description", words(analysis.description)},
          {"parameters", std::move(parameters)},
          {"chart", chart_json(analysis.chart)},
          {"file", analysis.file.empty() ? Json(nullptr) : Json(analysis.file.string())}};
}

const char* type_name(AnswerType type) {
  switch (type) {
    case AnswerType::whole:
      return "whole";
    case AnswerType::real:
      return "real";
    case AnswerType::date:
      return "date";
    case AnswerType::truth:
      return "truth";
    case AnswerType::text:
      break;
  }
  return "text";
}

/// A number that JSON cannot write (inf, a whole one past 64 bits) stays the text that it is.
Json value_json(const std::optional<std::string>& value, const AnswerColumn& column) {
  if (!value) return nullptr;
  if (column.type == AnswerType::truth) return *value == "true";
  if (!column.numeric()) return *value;
  auto number = Json::parse(*value, nullptr, false);
  return number.is_number() ? number : Json(*value);
}

Json rows_of(const Table& table) {
  auto rows = Json::array();
  for (const auto& row : table.rows) {
    auto object = Json::object();
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      object[table.columns[c].name] = value_json(row[c], table.columns[c]);
    rows.push_back(std::move(object));
  }
  return rows;
}

/// Whatever bytes a source delivered: what is no UTF-8 is shown as such, and nothing fails.
std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string to_json(const std::vector<Analysis>& analyses) {
  auto all = Json::array();
  for (const auto& analysis : analyses) all.push_back(described(analysis));
  return text_of(all);
}

std::string rows_json(const Table& table) { return text_of(rows_of(table)); }

std::string to_json(const Analysis& analysis, const Outcome& outcome) {
  auto json = described(analysis);
  json["version"] = outcome.version;
  json["values"] = outcome.values;
  json["columns"] = Json::array();
  for (const auto& column : outcome.table.columns)
    json["columns"].push_back({{"name", column.name}, {"type", type_name(column.type)}});
  json["rows"] = rows_of(outcome.table);
  return text_of(json);
}

}  // namespace quarentena::analytics
