#include "run/fingerprint.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/sha256.h"
#include "base/version.h"

namespace quarentena {
namespace {

void add(Sha256& digest, const Mapping& mapping) {
  digest.add_field(mapping.column);
  digest.add_field(mapping.constant ? "=" + *mapping.constant : "");
  digest.add_field(std::to_string(mapping.pad));
}

void add(Sha256& digest, const Format& format) {
  digest.add_field(format_name(format));
  if (const auto* csv = std::get_if<CsvOptions>(&format)) {
    digest.add_field(
        fmt::format("{}{}{}{}", csv->separator, csv->quote, csv->header, csv->encoding));
    for (const auto& name : csv->names) digest.add_field(name);
  } else if (const auto* xlsx = std::get_if<XlsxOptions>(&format)) {
    digest.add_field(xlsx->sheet);
    digest.add_field(std::to_string(xlsx->header_row));
  }
}

void add(Sha256& digest, const Source& source) {
  digest.add_field(source.name);
  add(digest, source.format);
  for (const auto* mapping : source.mappings()) add(digest, *mapping);
  digest.add_field(source.where);
  digest.add_field(source.period.until_removed() ? "until_removed"
                                                 : std::to_string(*source.period.dias));
  for (const auto& format : source.dates) digest.add_field(format);
}

/// The folders' names hold values of the rows (`uf=SP`), which only Parquet's reader takes from
/// there; a file's own name holds none.
void add_hive_folders(Sha256& digest, const SourceLoad& load) {
  const auto& delivery = *load.delivery;
  if (delivery.root.empty() || !std::holds_alternative<ParquetOptions>(load.source->format)) return;
  std::vector<std::string> fields;
  for (const auto& file : delivery.files) {
    const auto folder = file.path.lexically_relative(delivery.root).parent_path().string();
    if (folder.find('=') != std::string::npos) fields.push_back(folder + "/" + file.sha256);
  }
  std::sort(fields.begin(), fields.end());
  for (const auto& field : fields) digest.add_field(field);
}

}  // namespace

std::int64_t fingerprint(const CanalLoad& load) {
  Sha256 digest;
  digest.add_field(kVersion);
  digest.add_field(load.canal);
  digest.add_field(load.data_carga.iso());
  digest.add_field(load.timezone);
  for (const auto& source : load.sources) {
    add(digest, *source.source);
    digest.add_field(source.as_of.iso());
    digest.add_field(source.period.until_removed() ? "" : std::to_string(*source.period.dias));
    digest.add_field(source.sent.from ? source.sent.from->iso() : "");
    digest.add_field(source.sent.before ? source.sent.before->iso() : "");
    digest.add_field(source.delivery->digest);
    add_hive_folders(digest, source);
  }
  const auto bits = std::stoull(digest.hex().substr(0, 16), nullptr, 16);
  return static_cast<std::int64_t>(bits >> 1);
}

}  // namespace quarentena
