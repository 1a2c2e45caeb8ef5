#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
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
  // At most one of them; of a Spark that none names, SPARK_REMOTE says where it is.
  std::string spark = {};      ///< `sc://host:15002`, secrets in it as references
  std::string cluster = {};    ///< of Databricks: its id, or `serverless`
  std::string warehouse = {};  ///< of Databricks: the SQL warehouse's id
};

/// Which of the files found at a location count.
enum class Take { all, newest };

/// A change against what is usual: both limits must be passed before it counts.
struct ChangeLimit {
  int percent = 0;         ///< of the usual number of rows
  std::int64_t count = 0;  ///< rows
};

/// A condition over a delivery's rows, in SQL with aggregates: `count(email) > 0.8 * count(*)`.
struct Expectation {
  /// warn: said in the report. hold: the delivery is not accepted. fail: the run ends.
  enum class Severity { warn, hold, fail };
  std::string name;
  std::string sql;
  Severity severity = Severity::hold;
};

/// What a delivery must be to be accepted, and what happens when it is not. The judgement itself is
/// trust/acceptance.h; docs/concepts/trust.md explains it to users.
struct Acceptance {
  /// carry: the last accepted state stays in force. fail: the run ends, the table stays.
  /// skip: the source counts for nobody on that day.
  enum class OnFailure { carry, fail, skip };
  /// evolve: new columns are welcome, a mapped one must be there with its type. freeze: the same
  /// columns and types as the last accepted delivery.
  enum class Contract { evolve, freeze };

  OnFailure on_failure = OnFailure::carry;
  Contract contract = Contract::evolve;
  // Freshness. A limit that is absent is not judged.
  std::optional<int> max_age_hours;       ///< of the newest file, at the time of the run
  std::optional<int> newest_within_days;  ///< newest data_envio this close to data_carga, at least
  std::optional<int> deadline_minutes;    ///< after midnight in `timezone`: a delivery is due then
  std::string timezone;                   ///< of the deadline; empty: the plan's
  // Volume: rows that `where` keeps, against the median of the last accepted loads.
  std::int64_t min_rows = 1;
  std::optional<ChangeLimit> shrink = ChangeLimit{50, 0};
  std::optional<ChangeLimit> growth;
  int max_reject_percent = 30;  ///< of the rows that `where` keeps
  std::vector<Expectation> expectations;
};

/// What the absence of a client from an accepted delivery means.
enum class Keeps {
  snapshot,  ///< the source holds everybody still in force: who is absent has left
  events,    ///< the source holds new contacts only: who was seen stays until the period ends
};

/// `dias` changed: whom the new period is for.
enum class Applies {
  to_all,    ///< also contacts made before
  from_now,  ///< only contacts from the first load under the new period on
};

/// The release brake: more early releases than both limits hold the load.
struct Brake {
  std::int64_t count = 10;
  int percent = 10;  ///< of the clients in quarantine in that canal the day before
};

/// What a source's server may cost in waiting and in connections.
struct TransferLimits {
  int connect_timeout_ms = 15'000;
  int stall_timeout_ms = 30'000;
  int patience_ms = 600'000;  ///< what the waits that a server asks for may add up to
  int max_connections = 0;    ///< to one host at once; 0: what suits the transport
};

struct Source {
  std::string name;  ///< the key in `sources:`
  std::string canal;
  std::string location;  ///< absolute path, or a URI; may hold a pattern and dates
  Format format;
  /// By default the source's column of the same name.
  Mapping id_cliente{"id_cliente", {}, 0};
  Mapping email{"email", {}, 0};
  Mapping telefone{"telefone", {}, 0};
  Mapping assunto{"assunto", {}, 0};
  Mapping data_envio{"data_envio", {}, 0};
  std::string where;  ///< SQL over the source's columns and data_carga; empty: all rows
  Period period;
  std::vector<std::string> dates;  ///< strptime formats of text dates; empty: ISO 8601
  Take take = Take::all;
  int settle_ms = 5000;  ///< a remote file is whole when it did not change for this long
  TransferLimits limits;
  Keeps keeps = Keeps::snapshot;
  std::optional<Applies> applies;  ///< empty: not said, and then a changed `dias` is to_all
  Acceptance acceptance;
  Auth auth;
  Position position;

  /// The five above, in the table's order.
  std::array<const Mapping*, 5> mappings() const;
  /// `where` speaks of data_carga: the same delivery holds other rows on another day.
  bool depends_on_day() const;
};

/// How the table is published in a Unity Catalog (`table: uc://...`).
struct CatalogOptions {
  bool create = false;   ///< make the table, and its catalog and schema, when they are not there
  std::string location;  ///< where the files of a new table go: absolute path or URI; may be empty
  Auth auth;
};

/// Which keys `sql` makes for matching identities, beside what was delivered.
struct IdentityKeys {
  std::string cpf;  ///< the column of the table that holds it; empty: no key
  bool telefone = false;
  bool email = false;
};

/// Some of the canais, or all but some.
struct CanalFilter {
  enum class Names { these, all_but_these };
  Names names = Names::all_but_these;
  std::set<std::string> canais;
  bool holds(const std::string& canal) const {
    return canais.count(canal) != (names == Names::all_but_these);
  }
};

/// What `check` answers by.
struct CheckRules {
  /// Whether a key is also held back by other keys of the same person: ids that share an e-mail or
  /// a phone with it.
  CanalFilter person{CanalFilter::Names::these, {}};  ///< the quarantines that do so
  int max_age_hours = 36;                         ///< a load older than that says nothing of today
  std::map<std::string, CanalFilter> blocks;      ///< by the campaign's canal; absent: all block it
  std::map<std::string, CanalFilter> exemptions;  ///< by purpose: the quarantines it may pass
};

struct Plan {
  std::filesystem::path file;  ///< the configuration file, absolute
  std::string timezone = "America/Sao_Paulo";
  std::string table;  ///< absolute path or URI
  Auth table_auth;    ///< of a table on an object store; empty: what the vendor's tools would find
  CatalogOptions catalog;
  std::string staging;         ///< absolute path: where this machine keeps what was delivered
  std::string staging_remote;  ///< URI of the place that outlives it; empty: none
  Auth staging_auth;           ///< of that place
  EngineChoice engine;
  IdentityKeys identity;
  CheckRules check;
  int keep_days = 400;                  ///< how long a delivery is kept after it was last in force
  std::map<std::string, Brake> brakes;  ///< by canal; "" is every other canal's
  std::vector<Source> sources;          ///< in the file's order
  const Source* find(const std::string& name) const;
  Brake brake(const std::string& canal) const;
};

}  // namespace quarentena
