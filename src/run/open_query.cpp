#include "run/open_query.h"

#include "run/history_at.h"
#include "run/open_engine.h"
#include "run/published_table.h"
#include "run/rejects.h"
#include "trust/ledger.h"
#include "trust/ledger_table.h"

namespace quarentena {

Result<std::unique_ptr<TableQuery>> open_query(const Plan& plan, const QueryNeeds& needs) {
  TRY_ASSIGN(const auto published, find_published_table(plan, TableAccess::read, needs.stop));
  TRY_ASSIGN(const auto rejects, rejects_folder(published.at, plan.staging));
  TableQueryOptions options{published.at, rejects, needs.as_of, plan.identity,
                            ledger_at(published.at)};
  options.fontes_columns = ledger_columns();
  options.runs = history_at(published.at);
  TRY_ASSIGN(const auto unrecorded, Ledger::unrecorded(published.at));
  if (!unrecorded.empty()) options.unrecorded = ledger_info(unrecorded);
  if (needs.engine == EngineChoice::Kind::duckdb) return open_table_query(options);
  TRY_ASSIGN(auto at, find_spark(plan, needs.stop));
  return open_spark_table_query(options, {std::move(at), needs.stop});
}

}  // namespace quarentena
