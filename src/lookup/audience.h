#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lookup/lookup.h"

/// An audience file, split into whom a campaign may contact, whom it must not, and whom nobody can
/// tell of. Every column stays as it came, and so does the order of the rows.
namespace quarentena {

enum class AudienceFormat { csv, json, parquet, xlsx };

/// A key of each row: a row is blocked when one of its keys is, free when none is and at least one
/// could be looked up.
struct AudienceKey {
  KeyType type;
  std::string column;
};

/// "email", "sha256:email", "email=contato" with the column's name when it is another. Errors:
/// config.
Result<AudienceKey> audience_key(std::string_view text);

struct AudienceOptions {
  std::filesystem::path file;
  std::vector<AudienceKey> keys;
  std::filesystem::path out;              ///< folder, made when it is not there
  Unknown otherwise = Unknown::no_table;  ///< why all are unknown, without a checker
  std::size_t threads = 1;
  const std::atomic<bool>* stop = nullptr;  ///< may be null
};

struct AudienceOfCanal {
  std::string canal;
  std::int64_t rows = 0;
};

struct AudienceSummary {
  AudienceFormat format = AudienceFormat::csv;
  std::int64_t rows = 0, allowed = 0, blocked = 0, unknown = 0;
  std::int64_t not_a_key = 0;  ///< of unknown: rows without a key that could be looked up
  std::int64_t damaged = 0;    ///< of unknown: the index file is; open it again and split again
  std::vector<AudienceOfCanal> by_canal;  ///< of blocked: the quarantine that leaves last
  /// Of the rows that are not unknown: how many are free from each day on. The first day is the
  /// checker's.
  std::map<Date, std::int64_t> free_from;
  std::array<std::filesystem::path, 3> files;  ///< by Standing
  std::vector<std::string> warnings;

  /// The first day on which at least `percent` of the rows that are not unknown are free; absent:
  /// not by waiting.
  std::optional<Date> mostly_free_on(int percent) const;
};

/// By its first bytes and its name. Errors: missing, data (none of them).
Result<AudienceFormat> audience_format(const std::filesystem::path& file);

/// Writes `<name>.allowed.<ext>`, `.blocked.` (with the columns canal, saida_prevista and motivo)
/// and `.unknown.`, which only their owner reads; none is there before all are whole. csv keeps its
/// bytes, separator and encoding, UTF-16 and xlsx become csv in UTF-8, json one object a line.
/// `checker` null: every row is unknown. Memory does not grow with the file. Errors: missing, data
/// (a column is not there: names those found), machine (disk full, stopped).
Result<AudienceSummary> split_audience(const Checker* checker, const AudienceOptions& options);

}  // namespace quarentena
