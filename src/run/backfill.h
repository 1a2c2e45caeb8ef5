#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "run/day_changes.h"
#include "run/late_rows.h"
#include "run/pipeline.h"

namespace quarentena {

enum class Late {
  report,  ///< late rows are listed
  put_in,  ///< and count on the past days they hold on
};

struct BackfilledDay {
  Date data_carga;
  RunReport run;                     ///< its sources are empty when nothing is kept of the day
  std::vector<CanalChange> changes;  ///< of canais that came out otherwise than they were
};

struct BackfillOptions {
  Date from, to;  ///< both are in
  bool dry_run = false;
  Late late = Late::report;
  int threads = 0;
  Approved approved;
  const std::atomic<bool>* stop = nullptr;
  std::function<void(const BackfilledDay&)> day;  ///< called after each, when set
};

struct BackfillReport {
  std::string id;  ///< as a run's
  std::vector<BackfilledDay> days;
  std::vector<LateOfCanal> late;
  std::filesystem::path late_file;  ///< empty: nobody is late
  int not_kept = 0;                 ///< later deliveries that could not be searched for late rows
  std::optional<RunReport> failed;  ///< the run of the day that `error` is of, if it is of one
  std::optional<Error> error;       ///< of the day after those of `days`, or of the search

  /// 4 when a day is held; 3 when a day now published is degraded.
  int exit_code() const;
};

/// Computes each day as of that day, from what was kept, in order. A day whose result is there
/// commits nothing, so it may be ended and begun again. It ends at the first day that fails or is
/// held. Late rows are searched for on the days as they come out, and listed in
/// `<staging>/runs/<id>/late.csv`.
BackfillReport backfill(const Plan& plan, const BackfillOptions& options);

}  // namespace quarentena
