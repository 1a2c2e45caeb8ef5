#include "run/simulate.h"

#include <fmt/format.h>

#include "run/kept_day.h"
#include "run/overrides.h"
#include "run/published_table.h"

namespace quarentena {
namespace {

std::string text_of(const std::optional<Date>& day) { return day ? day->iso() : "the first day"; }

Result<std::vector<Date>> published_days(TableQuery& table, const SimulateOptions& options) {
  std::string where = "true";
  if (options.from) where += fmt::format(" AND data_carga >= DATE '{}'", options.from->iso());
  if (options.to) where += fmt::format(" AND data_carga <= DATE '{}'", options.to->iso());
  const bool latest = !options.from && !options.to;
  std::vector<Date> days;
  TRY_STATUS(each_row(
      table,
      fmt::format("SELECT DISTINCT data_carga FROM quarentena_global WHERE {} ORDER BY 1{}", where,
                  latest ? " DESC LIMIT 1" : ""),
      [&](const AnswerRow& row) {
        if (const auto day = Date::parse_iso(row[0].value_or(""))) days.push_back(*day);
      }));
  if (!days.empty()) return days;
  return fail(ErrorKind::missing,
              latest ? std::string("the table holds no rows")
                     : fmt::format("the table holds no day from {} to {}", text_of(options.from),
                                   options.to ? options.to->iso() : "today"),
              "`quarentena run` loads a day");
}

class Simulator {
 public:
  Simulator(const OverriddenPlan& tried, const Ledger& ledger, TableQuery& table,
            const SimulateOptions& options)
      : tried_(tried), ledger_(ledger), table_(table), options_(options) {}

  /// nullopt: nothing of that day is kept.
  Result<std::optional<SimulatedDay>> day(Date data_carga) {
    SimulatedDay out{data_carga, {}};
    RunOptions run;
    run.data_carga = data_carga;
    run.dry_run = true;
    run.compute_only = true;
    run.deliveries = Deliveries::kept;
    run.only = tried_.sources;
    run.threads = options_.threads;
    run.stop = options_.stop;
    run.computed = [&](const std::vector<ComputedCanal>& computed) {
      return compare(computed, out);
    };
    RunWatcher watcher;
    auto report = run_load(plan_of_day(tried_.plan, ledger_, data_carga), run, watcher);
    if (report.error) return fail_on(data_carga, std::move(*report.error));
    if (report.sources.empty()) return std::nullopt;
    return out;
  }

 private:
  Status compare(const std::vector<ComputedCanal>& computed, SimulatedDay& day) {
    TRY_ASSIGN(day.canais, changes_of(table_, day.data_carga, computed));
    if (!options_.client) return {};
    return each_change(table_, day.data_carga, computed,
                       [&](const std::string& canal, const std::string& id, bool enters) {
                         options_.client(day.data_carga, canal, id, enters);
                       });
  }

  const OverriddenPlan& tried_;
  const Ledger& ledger_;
  TableQuery& table_;
  const SimulateOptions& options_;
};

}  // namespace

Result<Simulation> simulate(const Plan& plan, const SimulateOptions& options) {
  TRY_ASSIGN(const auto tried, with_overrides(plan, options.sets));
  TRY_ASSIGN(const auto published, find_published_table(plan, TableAccess::read, options.stop));
  TRY_ASSIGN(const auto table, open_table_query({published.at, {}, {}}));
  TRY_ASSIGN(const auto ledger, Ledger::read(published.at));
  TRY_ASSIGN(const auto days, published_days(*table, options));
  Simulation out;
  out.notes = tried.notes;
  Simulator simulator(tried, ledger, *table, options);
  for (const auto day : days) {
    if (options.stop && *options.stop) return fail(ErrorKind::machine, "interrupted");
    TRY_ASSIGN(auto simulated, simulator.day(day));
    if (simulated)
      out.days.push_back(std::move(*simulated));
    else
      out.notes.push_back(fmt::format("{}: nothing is kept of that day", day.iso()));
  }
  return out;
}

}  // namespace quarentena
