#include "net/unity_catalog.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "net/databricks_client.h"

namespace quarentena {
namespace {

using nlohmann::json;

constexpr const char* kApi = "/api/2.1/unity-catalog";
constexpr std::size_t kNamesShown = 8;

std::string text_of(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

Secret secret_text(json& object, const char* key) {
  const auto at = object.find(key);
  if (at == object.end() || !at->is_string()) return {};
  return Secret(std::move(at->get_ref<std::string&>()));
}

/// Protobuf's JSON writes 64-bit numbers as text, Databricks as numbers.
std::int64_t number_of(const json& object, const char* key) {
  const auto at = object.find(key);
  if (at == object.end()) return 0;
  if (at->is_number_integer()) return at->get<std::int64_t>();
  return at->is_string() ? std::strtoll(at->get_ref<const std::string&>().c_str(), nullptr, 10) : 0;
}

std::string table_path(const TableName& name) {
  return fmt::format("{}/tables/{}", kApi, percent_encoded(name.full()));
}

tl::unexpected<Error> not_understood(const std::string& doing, const std::string& host) {
  return fail(ErrorKind::data, fmt::format("cannot {}: {} answered something else", doing, host),
              "is `host` the address of a Unity Catalog?");
}

/// The property that Delta's log carries too when commits go through the catalog.
bool is_catalog_managed(const json& properties) {
  if (!properties.is_object()) return false;
  for (const char* key : {"delta.feature.catalogManaged", "delta.feature.catalogOwned-preview"})
    if (text_of(properties, key) == "supported" || text_of(properties, key) == "enabled")
      return true;
  return false;
}

/// A type as Spark's catalog names it: text, name, and the JSON of its field.
struct SparkType {
  std::string text, name;
};

SparkType spark_type(const std::string& delta) {
  if (delta == "integer") return {"int", "INT"};
  if (delta == "long") return {"bigint", "LONG"};
  std::string upper = delta;
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return {delta, upper};
}

json column_json(const CatalogColumn& column, int position) {
  const auto type = spark_type(column.type);
  const json field = {{"name", column.name},
                      {"type", column.type},
                      {"nullable", true},
                      {"metadata", json::object()}};
  json out = {{"name", column.name},       {"type_text", type.text}, {"type_name", type.name},
              {"type_json", field.dump()}, {"position", position},   {"nullable", true}};
  if (column.partition) out["partition_index"] = *column.partition;
  return out;
}

}  // namespace

Result<TableName> parse_table_name(const std::string& text) {
  const auto first = text.find('.');
  const auto second = first == std::string::npos ? first : text.find('.', first + 1);
  TableName name;
  if (second != std::string::npos)
    name = {text.substr(0, first), text.substr(first + 1, second - first - 1),
            text.substr(second + 1)};
  if (name.catalog.empty() || name.schema.empty() || name.table.empty() ||
      name.table.find_first_of("./") != std::string::npos)
    return fail(ErrorKind::config, fmt::format("'{}' is not a table of Unity Catalog", text),
                "write uc://catalog.schema.table");
  return name;
}

const std::string& UnityCatalog::host() const { return client_->host(); }

Result<std::optional<CatalogTable>> UnityCatalog::find_table(const TableName& name) const {
  const auto doing = fmt::format("look up {}", name.full());
  TRY_ASSIGN(const HttpResponse response, client_->call("GET", table_path(name), {}, stop_));
  if (!response.ok()) {
    auto error = client_->error_of(doing, response);
    if (error.kind == ErrorKind::missing) return std::nullopt;
    if (response.status == 403)
      error.hint = fmt::format(
          "ask for USE CATALOG on {}, USE SCHEMA on {}.{} and SELECT on the table (MODIFY to "
          "publish)",
          name.catalog, name.catalog, name.schema);
    return tl::unexpected<Error>(std::move(error));
  }
  const auto answer = json::parse(response.body, nullptr, false);
  if (!answer.is_object() || text_of(answer, "table_type").empty())
    return not_understood(doing, host());
  CatalogTable table;
  table.id = text_of(answer, "table_id");
  table.type = text_of(answer, "table_type");
  table.format = text_of(answer, "data_source_format");
  table.location = text_of(answer, "storage_location");
  table.catalog_managed = is_catalog_managed(answer.value("properties", json()));
  return table;
}

Result<CatalogTable> UnityCatalog::table(const TableName& name) const {
  TRY_ASSIGN(auto found, find_table(name));
  if (found) return std::move(*found);
  return tl::unexpected<Error>(why_missing(name));
}

Result<bool> UnityCatalog::exists(const std::string& path, const std::string& doing) const {
  TRY_ASSIGN(const HttpResponse response, client_->call("GET", kApi + path, {}, stop_));
  if (response.ok()) return true;
  auto error = client_->error_of(doing, response);
  if (error.kind == ErrorKind::missing) return false;
  return tl::unexpected<Error>(std::move(error));
}

/// For a hint only: whatever goes wrong, there are no names.
std::vector<std::string> UnityCatalog::names_in(const std::string& path, const char* list) const {
  std::vector<std::string> names;
  const auto response = client_->call("GET", kApi + path, {}, stop_);
  if (!response || !response->ok()) return names;
  const auto answer = json::parse(response->body, nullptr, false);
  if (!answer.is_object() || !answer.contains(list) || !answer[list].is_array()) return names;
  for (const auto& each : answer[list])
    if (each.is_object()) names.push_back(text_of(each, "name"));
  std::sort(names.begin(), names.end());
  if (names.size() > kNamesShown) {
    const auto more = names.size() - kNamesShown;
    names.resize(kNamesShown);
    names.push_back(fmt::format("and {} more", more));
  }
  return names;
}

Error UnityCatalog::why_missing(const TableName& name) const {
  const auto there = [](const char* what, const std::vector<std::string>& names) {
    return names.empty()
               ? fmt::format(
                     "you can see no {} there: is the name right, and may you "
                     "use it?",
                     what)
               : fmt::format("the {} you can see there: {}", what, fmt::join(names, ", "));
  };
  const auto schema = name.catalog + "." + name.schema;
  const auto catalog_there =
      exists("/catalogs/" + percent_encoded(name.catalog), "look up catalog " + name.catalog);
  if (catalog_there && !*catalog_there)
    return {ErrorKind::missing, fmt::format("there is no catalog '{}' at {}", name.catalog, host()),
            there("catalogs", names_in("/catalogs", "catalogs"))};
  const auto schema_there =
      exists("/schemas/" + percent_encoded(schema), "look up schema " + schema);
  if (schema_there && !*schema_there)
    return {ErrorKind::missing,
            fmt::format("there is no schema '{}' in catalog '{}' at {}", name.schema, name.catalog,
                        host()),
            there("schemas",
                  names_in("/schemas?catalog_name=" + percent_encoded(name.catalog), "schemas"))};
  return {ErrorKind::missing,
          fmt::format("there is no table '{}' in {} at {}", name.table, schema, host()),
          there("tables",
                names_in(fmt::format("/tables?catalog_name={}&schema_name={}&omit_columns=true",
                                     percent_encoded(name.catalog), percent_encoded(name.schema)),
                         "tables"))};
}

Result<TemporaryCredentials> UnityCatalog::ask_credentials(const std::string& path,
                                                           const std::string& body,
                                                           const std::string& doing,
                                                           const std::string& permission) const {
  TRY_ASSIGN(HttpResponse response, client_->call("POST", kApi + path, body, stop_));
  if (!response.ok()) {
    auto error = client_->error_of(doing, response);
    if (response.status == 403) error.hint = permission;
    return tl::unexpected<Error>(std::move(error));
  }
  auto answer = json::parse(response.body, nullptr, false);
  wipe(response.body);
  if (!answer.is_object()) return not_understood(doing, host());
  TemporaryCredentials out;
  out.expires_ms = number_of(answer, "expiration_time");
  for (const char* key : {"aws_temp_credentials", "r2_temp_credentials"}) {
    if (!answer.contains(key) || !answer[key].is_object()) continue;
    out.aws_key_id = secret_text(answer[key], "access_key_id");
    out.aws_secret_key = secret_text(answer[key], "secret_access_key");
    out.aws_session_token = secret_text(answer[key], "session_token");
    out.endpoint = text_of(answer[key], "endpoint_url");
  }
  const auto one = [&](const char* kind, const char* key, Secret& secret) {
    if (answer.contains(kind) && answer[kind].is_object()) secret = secret_text(answer[kind], key);
  };
  one("azure_user_delegation_sas", "sas_token", out.azure_sas);
  one("azure_aad", "aad_token", out.bearer);
  one("gcp_oauth_token", "oauth_token", out.bearer);
  return out;
}

Result<TemporaryCredentials> UnityCatalog::credentials(const TableName& name,
                                                       const CatalogTable& table,
                                                       TableAccess access) const {
  const bool writes = access == TableAccess::read_write;
  const json body = {{"table_id", table.id}, {"operation", writes ? "READ_WRITE" : "READ"}};
  return ask_credentials(
      "/temporary-table-credentials", body.dump(),
      fmt::format("get credentials to {} {}", writes ? "write" : "read", name.full()),
      fmt::format("external access must be enabled for the metastore; ask for EXTERNAL USE SCHEMA "
                  "on {}.{} and {} on the table",
                  name.catalog, name.schema, writes ? "MODIFY" : "SELECT"));
}

Result<TemporaryCredentials> UnityCatalog::credentials_to_create(const std::string& url) const {
  const json body = {{"url", url}, {"operation", "PATH_CREATE_TABLE"}};
  return ask_credentials("/temporary-path-credentials", body.dump(),
                         fmt::format("get credentials to create a table at {}", url),
                         "ask for EXTERNAL USE LOCATION and CREATE EXTERNAL TABLE on the external "
                         "location that holds it");
}

Status UnityCatalog::create(const std::string& path, const std::string& body,
                            const std::string& doing) const {
  TRY_ASSIGN(const HttpResponse response, client_->call("POST", kApi + path, body, stop_));
  if (response.ok()) return {};
  auto error = client_->error_of(doing, response);
  // Somebody made it meanwhile, which is as good.
  if (response.status == 409 || databricks_answer(response.body).code.ends_with("ALREADY_EXISTS"))
    return {};
  if (response.status == 403)
    error.hint =
        "ask for CREATE CATALOG on the metastore or CREATE SCHEMA on the catalog, or have somebody "
        "make it";
  return tl::unexpected<Error>(std::move(error));
}

Status UnityCatalog::create_parents(const TableName& name) const {
  const auto schema = name.catalog + "." + name.schema;
  TRY_ASSIGN(const bool catalog_there, exists("/catalogs/" + percent_encoded(name.catalog),
                                              "look up catalog " + name.catalog));
  if (!catalog_there)
    TRY_STATUS(
        create("/catalogs", json{{"name", name.catalog}}.dump(), "create catalog " + name.catalog));
  TRY_ASSIGN(const bool schema_there,
             exists("/schemas/" + percent_encoded(schema), "look up schema " + schema));
  if (schema_there) return {};
  return create("/schemas", json{{"name", name.schema}, {"catalog_name", name.catalog}}.dump(),
                "create schema " + schema);
}

Result<bool> UnityCatalog::create_external_table(const TableName& name, const std::string& location,
                                                 const std::vector<CatalogColumn>& columns) const {
  json body = {
      {"name", name.table},       {"catalog_name", name.catalog},  {"schema_name", name.schema},
      {"table_type", "EXTERNAL"}, {"data_source_format", "DELTA"}, {"storage_location", location},
      {"columns", json::array()}};
  for (std::size_t i = 0; i < columns.size(); ++i)
    body["columns"].push_back(column_json(columns[i], static_cast<int>(i)));
  TRY_ASSIGN(const HttpResponse response,
             client_->call("POST", std::string(kApi) + "/tables", body.dump(), stop_));
  if (response.ok()) return true;
  auto error = client_->error_of(fmt::format("register {}", name.full()), response);
  const auto code = databricks_answer(response.body).code;
  if (code == "TABLE_ALREADY_EXISTS" || code == "ALREADY_EXISTS" ||
      code == "RESOURCE_ALREADY_EXISTS" || (code.empty() && response.status == 409))
    return false;
  if (response.status == 403)
    error.hint = fmt::format(
        "ask for CREATE TABLE and EXTERNAL USE SCHEMA on {}.{}, and CREATE EXTERNAL TABLE and "
        "EXTERNAL USE LOCATION on the external location that holds {}",
        name.catalog, name.schema, location);
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace quarentena
