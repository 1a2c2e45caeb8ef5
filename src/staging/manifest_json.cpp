#include "staging/manifest_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "base/hex.h"

namespace quarentena {
namespace {

using nlohmann::json;
constexpr int kFormat = 1;
constexpr std::string_view kHex = "0123456789abcdef";

std::string from_hex(const std::string& hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const auto high = kHex.find(hex[i]), low = kHex.find(hex[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return {};
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

std::string dump(const json& value, int indent) {
  return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

/// Linux takes any bytes for a name (old systems write Latin-1), JSON only UTF-8: then the exact
/// bytes stand beside the name for people.
json file_json(const Manifest::File& file) {
  json out{{"name", file.name},
           {"size_bytes", file.size_bytes},
           {"modified_ms", file.modified_ms},
           {"sha256", file.sha256}};
  const auto shown = json::parse(dump(file.name, -1)).get<std::string>();
  if (shown != file.name) out["name_hex"] = hex_of(file.name);
  return out;
}

Manifest::File read_file_json(const json& value) {
  Manifest::File out;
  out.name = value.contains("name_hex") ? from_hex(value.at("name_hex").get<std::string>())
                                        : value.at("name").get<std::string>();
  out.size_bytes = value.at("size_bytes").get<std::int64_t>();
  out.modified_ms = value.at("modified_ms").get<std::int64_t>();
  out.sha256 = value.at("sha256").get<std::string>();
  return out;
}

Manifest read_fields(const json& value) {
  Manifest out;
  out.id = value.at("id").get<std::string>();
  out.source = value.at("source").get<std::string>();
  out.origin = value.at("origin").get<std::string>();
  out.digest = value.at("digest").get<std::string>();
  out.size_bytes = value.at("size_bytes").get<std::int64_t>();
  out.fetched_ms = value.at("fetched_ms").get<std::int64_t>();
  out.run_id = value.at("run_id").get<std::string>();
  out.folder = value.at("folder").get<bool>();
  for (const auto& file : value.at("files")) out.files.push_back(read_file_json(file));
  if (value.contains("delta_columns"))
    for (const auto& column : value.at("delta_columns"))
      out.delta_columns.push_back(
          {column.at("name").get<std::string>(), column.at("type").get<std::string>()});
  if (value.contains("reading")) out.reading = value.at("reading").dump();
  if (value.contains("delta_version"))
    out.delta_version = value.at("delta_version").get<std::int64_t>();
  return out;
}

/// A manifest may have been edited: a name must not lead elsewhere.
Status check_names(const Manifest& manifest) {
  std::set<std::string> names;
  for (const auto& file : manifest.files) {
    if (const auto why = why_not_below(file.name); !why.empty())
      return fail(ErrorKind::data, fmt::format("it names a file '{}': {}", file.name, why));
    if (!names.insert(file.name).second)
      return fail(ErrorKind::data, fmt::format("it names '{}' twice", file.name));
  }
  return {};
}

}  // namespace

std::string manifest_json(const Manifest& manifest) {
  json out{{"format", kFormat},
           {"id", manifest.id},
           {"source", manifest.source},
           {"origin", manifest.origin},
           {"digest", manifest.digest},
           {"size_bytes", manifest.size_bytes},
           {"fetched_ms", manifest.fetched_ms},
           {"data_carga", manifest.data_carga.iso()},
           {"run_id", manifest.run_id},
           {"folder", manifest.folder},
           {"files", json::array()}};
  for (const auto& file : manifest.files) out["files"].push_back(file_json(file));
  if (!manifest.reading.empty()) out["reading"] = json::parse(manifest.reading, nullptr, false);
  if (manifest.delta_version) out["delta_version"] = *manifest.delta_version;
  for (const auto& column : manifest.delta_columns)
    out["delta_columns"].push_back({{"name", column.name}, {"type", column.type}});
  return dump(out, 1) + "\n";
}

Result<Manifest> read_manifest_json(const std::string& text) {
  const auto value = json::parse(text, nullptr, false);
  if (!value.is_object()) return fail(ErrorKind::data, "it is not JSON");
  try {
    if (value.at("format").get<int>() != kFormat)
      return fail(ErrorKind::data, fmt::format("its format is {}", dump(value.at("format"), -1)),
                  "another version of quarentena wrote it; use that one or a newer one");
    auto out = read_fields(value);
    const auto day = Date::parse_iso(value.at("data_carga").get<std::string>());
    if (!day) return fail(ErrorKind::data, "its data_carga is no day");
    out.data_carga = *day;
    TRY_STATUS(check_names(out));
    return out;
  } catch (const json::exception& error) {
    return fail(ErrorKind::data, error.what());
  }
}

}  // namespace quarentena
