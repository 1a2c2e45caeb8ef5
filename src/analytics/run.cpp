#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "analytics/analytics.h"
#include "analytics/chart.h"
#include "analytics/parameters.h"
#include "config/nearest.h"

namespace quarentena::analytics {
namespace {

Result<Values> values_of(const Analysis& analysis, const Values& given, const Days& days) {
  std::vector<std::string> names;
  Values values;
  for (const auto& parameter : analysis.parameters) {
    names.push_back(parameter.name);
    const auto found = given.find(parameter.name);
    TRY_ASSIGN(
        values[parameter.name],
        resolved(parameter, found == given.end() ? parameter.by_default : found->second, days));
  }
  for (const auto& [name, value] : given) {
    if (values.count(name) > 0) continue;
    const auto near = nearest(name, names);
    return fail(ErrorKind::config, fmt::format("'{}' is no parameter of {}", name, analysis.name),
                near            ? fmt::format("did you mean '{}'?", *near)
                : names.empty() ? "it has none"
                                : fmt::format("it has {}", fmt::join(names, ", ")));
  }
  return values;
}

Result<Table> gathered(TableAnswer& answer, const Analysis& analysis) {
  Table table{answer.columns(), {}};
  AnswerRow row;
  while (true) {
    TRY_ASSIGN(const bool more, answer.next(row));
    if (!more) return table;
    if (table.rows.size() == kMostRows)
      return fail(ErrorKind::config,
                  fmt::format("the answer of {} has more than {} rows", analysis.name, kMostRows),
                  "an analysis is a small table: group it, or ask with `quarentena sql`");
    table.rows.push_back(std::move(row));
  }
}

}  // namespace

Result<Outcome> run_analysis(const Analysis& analysis, const Values& given, TableQuery& query,
                             Date today) {
  Outcome outcome;
  outcome.version = query.version();
  TRY_ASSIGN(outcome.values, values_of(analysis, given, {today, query.latest().value_or(today)}));
  const auto answer = query.ask(bound_sql(analysis, outcome.values));
  if (!answer) {
    auto error = answer.error();
    error.what = fmt::format("analysis {}: {}", analysis.name, error.what);
    return tl::unexpected<Error>(std::move(error));
  }
  TRY_ASSIGN(outcome.table, gathered(**answer, analysis));
  TRY_STATUS(check_chart(analysis, outcome.table));
  return outcome;
}

}  // namespace quarentena::analytics
