#include "lookup/audience.h"

#include <fmt/format.h>

#include <algorithm>

#include "lookup/audience_parts.h"
#include "sources/format/file_kind.h"

namespace quarentena {
namespace fs = std::filesystem;

Result<AudienceKey> audience_key(std::string_view text) {
  const auto equals = text.find('=');
  const auto type = key_type(text.substr(0, equals));
  if (!type || equals + 1 == text.size())
    return fail(ErrorKind::config, fmt::format("'{}' is not a key", text),
                "keys are id_cliente, email, telefone, cpf, sha256:email, sha256:telefone and "
                "sha256:cpf; `email=contato` names the column");
  if (equals == text.npos) return AudienceKey{*type, name(type->kind)};
  return AudienceKey{*type, std::string(text.substr(equals + 1))};
}

std::optional<Date> AudienceSummary::mostly_free_on(int percent) const {
  const auto known = rows - unknown;
  if (known == 0) return std::nullopt;
  for (const auto& [day, free] : free_from)
    if (free * 100 >= known * percent) return day;
  return std::nullopt;
}

Result<AudienceFormat> audience_format(const fs::path& file) {
  TRY_ASSIGN(const auto opened, File::open(file));
  TRY_ASSIGN(const auto start, first_bytes(*opened, 4096));
  auto extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto kind = kind_of(start);
  if (kind == FileKind::parquet) return AudienceFormat::parquet;
  if (kind == FileKind::ole || (kind == FileKind::zip && extension.starts_with(".xls")))
    return AudienceFormat::xlsx;
  const auto first = start.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  const bool object = first != start.npos && (start[first] == '{' || start[first] == '[');
  if (kind == FileKind::text && (object || extension == ".json")) return AudienceFormat::json;
  if (kind == FileKind::text || kind == FileKind::gzip || kind == FileKind::zip)
    return AudienceFormat::csv;
  return fail(ErrorKind::data,
              fmt::format("{}: this is {}", file.filename().string(), describe(kind)),
              "an audience is a csv, json, Parquet or xlsx file");
}

Result<AudienceSummary> split_audience(const Checker* checker, const AudienceOptions& options) {
  AudienceSummary summary;
  TRY_ASSIGN(summary.format, audience_format(options.file));
  for (const auto& key : options.keys)
    if (checker != nullptr) TRY_STATUS(checker->check_type(key.type));
  auto stem = options.file.filename();
  while (stem.extension() == ".gz" || stem.extension() == ".zip") stem = stem.stem();
  SplitRequest request{checker, options.otherwise, options, summary.format, stem.stem().string()};
  const bool columns =
      summary.format == AudienceFormat::parquet || summary.format == AudienceFormat::json;
  TRY_STATUS(columns ? split_columns(request, summary) : split_csv(request, summary));
  return summary;
}

}  // namespace quarentena
