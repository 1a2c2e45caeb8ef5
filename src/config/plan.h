#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/date.h"

/// The validated `quarentena.yml`. Whoever holds a Plan may trust every field: names are unique,
/// periods are in range, formats are resolved, paths are absolute, the time zone exists.
namespace quarentena {

struct CsvOptions {
  char separator = ',';
  char quote = '"';
  bool header = true;
  std::vector<std::string> names;  ///< given names; the header's place when header is false
  std::string encoding = "auto";   ///< auto (BOM, else utf-8), utf-8, utf-16, latin-1, windows-1252
};

struct XlsxOptions {
  std::string sheet;   ///< empty: the first sheet
  int header_row = 0;  ///< 1-based; 0: the first row that is not empty
};

struct JsonOptions {};

struct ParquetOptions {};

struct DeltaOptions {
  std::optional<std::int64_t> version;   ///< at most one of the two
  std::optional<std::string> timestamp;  ///< ISO 8601, in the plan's zone when it names none
};

using Format = std::variant<CsvOptions, XlsxOptions, JsonOptions, ParquetOptions, DeltaOptions>;

/// "csv", "xlsx", "json", "parquet", "delta".
const char* format_name(const Format& format);

/// Where one column of the standard row comes from.
struct Mapping {
  std::string column;                   ///< the source's column, or a dotted path into it
  std::optional<std::string> constant;  ///< set: this text in every row, `column` is unused
  int pad = 0;  ///< restore leading zeros up to this many digits; 0: as delivered
};

/// The canal's period. Both ends are in: a row is quarantined while 0 <= qtd_dias <= dias.
struct Period {
  std::optional<int> dias;  ///< empty: until the source no longer holds the row (`until_removed`)
  bool until_removed() const { return !dias; }
};

/// A canal's period when its source does not say `dias`. They are the marketing team's contact
/// rules: Fraude has no period, a client stays while the fraud list holds them.
struct DefaultPeriod {
  const char* canal;
  Period period;
};
extern const std::array<DefaultPeriod, 6> default_periods;
std::optional<Period> default_period(std::string_view canal);

/// Position in quarentena.yml, 1-based; columns count characters, not bytes.
struct Position {
  int line = 0;
  int column = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

/// Credentials as written: a secret is a reference (`${env:NAME}`), resolved by who connects, never
/// here; the other settings (tenant, region) are plain text or references. A list (`host_key`) is
/// its texts with a blank between them.
using Auth = std::map<std::string, std::string>;

/// What runs the SQL.
struct EngineChoice {
  enum class Kind { duckdb, spark };
  Kind kind = Kind::duckdb;
  std::string spark;  ///< `sc://host:15002` when kind is spark
};

/// Which of the files found at a location count.
enum class Take { all, newest };

struct Source {
  std::string name;  ///< the key in `sources:`
  std::string canal;
  std::string location;  ///< absolute path, or a URI; may hold a pattern and dates
  Format format;
  Mapping id_cliente, email, telefone, assunto, data_envio;
  std::string where;  ///< SQL over the source's columns and data_carga; empty: all rows
  Period period;
  std::vector<std::string> dates;  ///< strptime formats of text dates; empty: ISO 8601
  Take take = Take::all;
  int settle_ms = 5000;  ///< a remote file is whole when it did not change for this long
  Auth auth;
  Position position;
};

/// How the table is published in a Unity Catalog (`table: uc://...`).
struct CatalogOptions {
  bool create = false;   ///< make the table, and its catalog and schema, when they are not there
  std::string location;  ///< where the files of a new table go: absolute path or URI; may be empty
  Auth auth;
};

struct Plan {
  std::filesystem::path file;  ///< the configuration file, absolute
  std::string timezone = "America/Sao_Paulo";
  std::string table;  ///< absolute path or URI
  CatalogOptions catalog;
  std::string staging;  ///< absolute path
  EngineChoice engine;
  std::vector<Source> sources;  ///< in the file's order
  const Source* find(const std::string& name) const;
};

}  // namespace quarentena
