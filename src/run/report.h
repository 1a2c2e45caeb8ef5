#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/date.h"
#include "base/error.h"
#include "config/plan.h"
#include "engine/engine.h"
#include "trust/ledger_row.h"

/// What a run did, as people (the CLI) and programs (run_results.json, docs/run-results.md) read
/// it.
namespace quarentena {

enum class RunStatus {
  published,  ///< a new version of the table holds the day
  unchanged,  ///< inputs and rules are those of the version that is there: nothing was committed
  dry_run,    ///< everything but the commit
  held,       ///< the release brake: nothing was published, a person must decide
  failed,     ///< see RunReport::error; the table is as it was
  running,    ///< not ended yet
  killed,     ///< ended without a word; the table is as it was, or holds the day whole
};
const char* name(RunStatus status);

/// When something happened, and how long it took.
struct Lapse {
  std::int64_t started_ms = 0;
  std::int64_t took_ms = 0;
};

struct RunStep {
  std::string name;  ///< "fetch", "load", ...
  Lapse lapse;
};

/// The clients of a canal on the day, against the table's latest day before.
struct CanalCount {
  std::string canal;
  std::int64_t rows = 0;
  std::optional<std::int64_t> entered, left;  ///< absent: there is no day before
};

struct SourceReport {
  std::string name;
  std::string canal;
  std::string location;  ///< with its dates filled in
  std::vector<DeliveredFile> files;
  std::optional<std::int64_t> delta_version;
  std::string digest;  ///< of what was delivered
  /// Absent when the run read nothing (unchanged, failed). Of all deliveries in force.
  std::optional<Account> account;
  SourceStatus came = SourceStatus::received;
  Decision decision = Decision::accepted;
  std::string reason;                  ///< of the decision; may be empty
  std::string hint;                    ///< what to do about it; may be empty
  std::optional<Date> in_force_since;  ///< the day whose delivery counts, when it is not this one
  std::vector<std::string> warnings;
  std::optional<Lapse> fetched;  ///< the time it took to bring it here
  std::optional<Lapse> loaded;   ///< its canal, until it was judged
};

/// Clients of a canal who would leave before their period ends.
struct HeldCanal {
  std::string canal;
  std::int64_t releases = 0;
  std::int64_t in_quarantine = 0;  ///< the day before, and due to stay
  std::int64_t allowed = 0;
  std::vector<std::string> some;  ///< "<id_cliente>: <reason>", a few of them
};

struct RunReport {
  std::string run_id;  ///< sorts by time: 20240528T103000Z-1a2b3c
  RunStatus status = RunStatus::failed;
  Date data_carga;
  std::int64_t started_ms = 0;
  std::int64_t finished_ms = 0;  ///< 0: running, or killed
  std::string host;              ///< the machine that ran it
  std::string program;           ///< our version
  std::string engine;            ///< "duckdb", "spark"
  std::string config;
  std::string config_digest;  ///< SHA-256 of that file
  std::string table;
  std::optional<std::int64_t> version;  ///< of the table that holds the day now
  std::vector<SourceReport> sources;
  std::vector<CanalCount> canais;  ///< of a run that computed them, by name
  std::vector<RunStep> steps;      ///< in their order
  std::string rejects;             ///< folder of the day's reject files; empty: no rejects
  std::vector<HeldCanal> held;
  std::string releases;  ///< file that lists the early releases of a held run; empty: none
  std::optional<Error> error;

  /// At least one source was carried forward.
  bool degraded() const;
  int exit_code() const;
  Account totals() const;
  std::int64_t took_ms() const { return finished_ms > 0 ? finished_ms - started_ms : 0; }
};

/// Of a run that begins: everything that is known then.
RunReport begun_report(const Plan& plan, Date data_carga);

/// 20240528T103000Z-1a2b3c: sorts by time, differs between machines.
std::string new_run_id(std::int64_t now_ms);

/// One JSON object, the stable form of docs/run-results.md.
enum class Layout { pretty, line };
std::string to_json(const RunReport& report, Layout layout = Layout::pretty);
Result<RunReport> report_from_json(const std::string& text);

/// Every run leaves `<staging>/runs/<run_id>/run_results.json`; written whole or not at all. What
/// happened over time is in src/history, which takes it from there.
Status save_report(const std::filesystem::path& staging, const RunReport& report);
/// Of one run. Errors: missing, data.
Result<RunReport> read_report(const std::filesystem::path& staging, const std::string& run_id);
/// The runs that left a folder there, newest first.
std::vector<std::string> run_folders(const std::filesystem::path& staging);

}  // namespace quarentena
