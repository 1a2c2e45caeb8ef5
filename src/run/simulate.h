#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "run/day_changes.h"

namespace quarentena {

struct SimulateOptions {
  std::vector<std::string> sets;  ///< see with_overrides()
  std::optional<Date> from, to;   ///< the published days between them; neither: the latest
  int threads = 0;
  const std::atomic<bool>* stop = nullptr;
  /// Called for every client who would enter or leave, when set.
  std::function<void(Date, const std::string& canal, const std::string& id_cliente, bool enters)>
      client;
};

struct SimulatedDay {
  Date data_carga;
  std::vector<CanalChange> canais;  ///< those whose rules were changed
};

struct Simulation {
  std::vector<SimulatedDay> days;
  std::vector<std::string> notes;
};

/// Each day computed again from what was kept, under other rules, and compared with what is
/// published. Writes nothing: no table, no ledger, no rejects, no report. Errors: config (a --set
/// that fits nothing), missing (no day of the range is published, or a delivery is not kept any
/// more).
Result<Simulation> simulate(const Plan& plan, const SimulateOptions& options);

}  // namespace quarentena
