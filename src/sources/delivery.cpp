#include "sources/delivery.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/sha256.h"
#include "sources/transport/opened_files.h"
#include "sources/transport/server_limits.h"
#include "sources/transport/transport.h"
#include "sources/transport/unity_catalog.h"
#include "store/open_store.h"

namespace quarentena {
namespace {

constexpr Transport kTransports[] = {
    {"file", find_local_files},     {"https", find_https_file},
    {"sftp", find_sftp_files},      {"sharepoint", find_sharepoint_files},
    {"s3", find_store_objects},     {"abfss", find_store_objects},
    {"gs", find_store_objects},     {"uc", find_catalog_files},
    {"volumes", find_volume_files},
};

/// "sftp://host/x" -> {"sftp", "host/x"}; a plain path is a file.
std::pair<std::string, std::string> split_scheme(const std::string& location) {
  const auto at = location.find("://");
  if (at == std::string::npos) return {"file", location};
  return {location.substr(0, at), location.substr(at + 3)};
}

Result<AsOf> as_of(const DeltaOptions& options, const std::string& timezone) {
  AsOf out;
  out.version = options.version;
  if (options.timestamp) {
    TRY_ASSIGN(out.timestamp_ms, parse_timestamp_ms(*options.timestamp, timezone));
  }
  return out;
}

/// `location` without its file://, or on the store that it names.
Result<TableAt> table_at(const std::string& location, const Source& source,
                         const FetchContext& context) {
  if (location.starts_with("uc://"))
    return locate_catalog_table(split_scheme(location).second, source, context);
  if (!is_object_store(location)) return TableAt(split_scheme(location).second);
  auto store = open_store(location, source.auth, context.stop, store_limits(source));
  if (!store) {
    auto error = std::move(store.error());
    error.what = fmt::format("source '{}': {}", source.name, error.what);
    return tl::unexpected<Error>(std::move(error));
  }
  return TableAt(location, std::move(*store));
}

Result<Delivery> find_delta_table(const std::string& location, const Source& source,
                                  const DeltaOptions& options, const FetchContext& context) {
  TRY_ASSIGN(const AsOf version, as_of(options, context.timezone));
  TRY_ASSIGN(const TableAt at, table_at(location, source, context));
  auto snapshot = read_snapshot(at, version);
  if (!snapshot) {
    auto error = std::move(snapshot.error());
    error.what = fmt::format("source '{}': {}", source.name, error.what);
    return tl::unexpected<Error>(std::move(error));
  }
  if (!*snapshot)
    return fail(ErrorKind::missing,
                fmt::format("source '{}': no Delta table at {}", source.name, location),
                "a Delta table is a folder that holds _delta_log; is `location` right?");
  Delivery delivery;
  delivery.delta = std::move(**snapshot);
  // Data files never change once written, so their names stand for their contents.
  std::vector<std::string> names;
  for (const auto& file : delivery.delta->files) {
    names.push_back(fmt::format("{} {}", file.path, file.size_bytes));
    delivery.size_bytes += file.size_bytes;
  }
  std::sort(names.begin(), names.end());
  Sha256 digest;
  digest.add_field(delivery.delta->table_id);
  if (!delivery.delta->plain_parquet) digest.add_field(std::to_string(delivery.delta->version));
  for (const auto& name : names) digest.add_field(name);
  delivery.digest = digest.hex();
  return delivery;
}

Status digest_files(Delivery& delivery) {
  std::vector<std::string> digests;
  for (auto& file : delivery.files) {
    // Of what was brought just now it was made on the way; what lay here may have changed.
    if (file.sha256.empty()) {
      TRY_ASSIGN(file.sha256, sha256_of_file(file.path));
    }
    digests.push_back(file.sha256);
  }
  std::sort(digests.begin(), digests.end());
  Sha256 all;
  for (const auto& digest : digests) all.add_field(digest);
  delivery.digest = all.hex();
  return {};
}

}  // namespace

bool Delivery::only_table_has_rows() const {
  if (!delta || !files.empty()) return false;
  return !delta->plain_parquet || !delta->partition_columns.empty() || delta->files.empty();
}

std::int64_t Delivery::modified_ms() const {
  if (delta) return delta->timestamp_ms;
  std::int64_t newest = 0;
  for (const auto& file : files) newest = std::max(newest, file.modified_ms);
  return newest;
}

Result<std::string> location_on(const std::string& location, Date data_carga) {
  static constexpr std::string_view kOpen = "{data_carga";
  std::string out;
  std::size_t at = 0;
  while (true) {
    const auto open = location.find(kOpen, at);
    if (open == std::string::npos) return out + location.substr(at);
    const auto close = location.find('}', open);
    if (close == std::string::npos)
      return fail(ErrorKind::config, fmt::format("'{}' has a '{{' without its '}}'", location));
    out += location.substr(at, open - at);
    auto pattern = location.substr(open + kOpen.size(), close - open - kOpen.size());
    if (pattern.empty()) pattern = ":%Y-%m-%d";
    TRY_ASSIGN(const std::string day, data_carga.format(pattern.substr(1)));
    out += day;
    at = close + 1;
  }
}

Result<Delivery> fetch(const Source& source, const FetchContext& context) {
  TRY_ASSIGN(const std::string location, location_on(source.location, context.data_carga));
  const auto [scheme, rest] = split_scheme(location);
  for (const auto& transport : kTransports) {
    if (scheme != transport.scheme) continue;
    if (const auto* delta = std::get_if<DeltaOptions>(&source.format))
      return find_delta_table(location, source, *delta, context);
    TRY_ASSIGN(Delivery found, transport.find(rest, without_pgp(source), context));
    TRY_ASSIGN(Delivery delivery, opened(std::move(found), source, context));
    TRY_STATUS(digest_files(delivery));
    return delivery;
  }
  return fail(ErrorKind::config,
              fmt::format("source '{}': this version does not fetch {}://", source.name, scheme),
              "bring the file to a local folder, or use a version with that transport");
}

}  // namespace quarentena
