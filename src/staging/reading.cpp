#include "staging/reading.h"

#include <nlohmann/json.hpp>

namespace quarentena {
namespace {

using nlohmann::json;

/// "id_cliente" to its mapping, for those five.
template <class AnySource, class Visit>
void each_mapping(AnySource& source, Visit visit) {
  visit("id_cliente", source.id_cliente);
  visit("email", source.email);
  visit("telefone", source.telefone);
  visit("assunto", source.assunto);
  visit("data_envio", source.data_envio);
}

json format_json(const Format& format) {
  json out{{"name", format_name(format)}};
  if (const auto* csv = std::get_if<CsvOptions>(&format)) {
    out["separator"] = std::string(1, csv->separator);
    out["quote"] = std::string(1, csv->quote);
    out["header"] = csv->header;
    out["names"] = csv->names;
    out["encoding"] = csv->encoding;
  } else if (const auto* xlsx = std::get_if<XlsxOptions>(&format)) {
    out["sheet"] = xlsx->sheet;
    out["header_row"] = xlsx->header_row;
  }
  return out;
}

std::optional<Format> read_format(const json& value) {
  const auto name = value.at("name").get<std::string>();
  if (name == "csv")
    return CsvOptions{value.at("separator").get<std::string>().at(0),
                      value.at("quote").get<std::string>().at(0), value.at("header").get<bool>(),
                      value.at("names").get<std::vector<std::string>>(),
                      value.at("encoding").get<std::string>()};
  if (name == "xlsx")
    return XlsxOptions{value.at("sheet").get<std::string>(), value.at("header_row").get<int>()};
  for (const Format& format :
       {Format(JsonOptions{}), Format(ParquetOptions{}), Format(DeltaOptions{})})
    if (name == format_name(format)) return format;
  return std::nullopt;
}

json mapping_json(const Mapping& mapping) {
  json out{{"column", mapping.column}};
  if (mapping.constant) out["value"] = *mapping.constant;
  if (mapping.pad > 0) out["pad"] = mapping.pad;
  return out;
}

Mapping read_mapping(const json& value) {
  Mapping out{value.at("column").get<std::string>(), {}, value.value("pad", 0)};
  if (value.contains("value")) out.constant = value.at("value").get<std::string>();
  return out;
}

}  // namespace

std::string reading_of(const Source& source) {
  json columns;
  each_mapping(source, [&](const char* name, const Mapping& mapping) {
    columns[name] = mapping_json(mapping);
  });
  const json out{{"format", format_json(source.format)},
                 {"columns", std::move(columns)},
                 {"dates", source.dates},
                 {"where", source.where}};
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<Source> read_as(const Source& source, const std::string& reading) {
  const auto value = json::parse(reading, nullptr, false);
  if (!value.is_object()) return std::nullopt;
  auto out = source;
  try {
    auto format = read_format(value.at("format"));
    if (!format) return std::nullopt;
    out.format = std::move(*format);
    each_mapping(out, [&](const char* name, Mapping& mapping) {
      mapping = read_mapping(value.at("columns").at(name));
    });
    out.dates = value.at("dates").get<std::vector<std::string>>();
    out.where = value.at("where").get<std::string>();
  } catch (const std::exception&) {  // json's, and at() of an empty text
    return std::nullopt;
  }
  return out;
}

}  // namespace quarentena
