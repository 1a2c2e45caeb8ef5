#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/date.h"
#include "base/error.h"
#include "engine/engine.h"
#include "store/remote_folder.h"
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
};
const char* name(RunStatus status);

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
  std::int64_t finished_ms = 0;
  std::string config;
  std::string table;
  std::optional<std::int64_t> version;  ///< of the table that holds the day now
  std::vector<SourceReport> sources;
  std::string rejects;  ///< folder of the day's reject files; empty: no rejects
  std::vector<HeldCanal> held;
  std::string releases;  ///< file that lists the early releases of a held run; empty: none
  std::optional<Error> error;

  /// At least one source was carried forward.
  bool degraded() const;
  int exit_code() const;
  Account totals() const;
};

/// 20240528T103000Z-1a2b3c: sorts by time, differs between machines.
std::string new_run_id(std::int64_t now_ms);

/// One JSON object, the stable form of docs/run-results.md.
std::string to_json(const RunReport& report);
Result<RunReport> report_from_json(const std::string& text);

/// Every run leaves `<staging>/runs/<run_id>/run_results.json`; written whole or not at all.
Status save_report(const std::filesystem::path& staging, const RunReport& report);
/// Puts it where staging outlives this machine, and brings the reports that are only there.
Status put_report(const std::filesystem::path& staging, const RunReport& report,
                  const RemoteFolder& remote);
Status bring_reports(const std::filesystem::path& staging, const RemoteFolder& remote);
/// Newest first. A file that cannot be read is skipped.
std::vector<RunReport> saved_reports(const std::filesystem::path& staging);
/// By id or by an unambiguous beginning of it; "last" is the newest. Errors: missing.
Result<RunReport> saved_report(const std::filesystem::path& staging, const std::string& run_id);

}  // namespace quarentena
