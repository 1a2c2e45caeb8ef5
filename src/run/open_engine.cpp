#include "run/open_engine.h"

#include "net/secrets.h"

namespace quarentena {

Result<std::unique_ptr<Engine>> open_engine(const Plan& plan, const EngineNeeds& needs) {
  if (plan.engine.kind == EngineChoice::Kind::duckdb)
    return open_duckdb_engine({needs.threads, needs.spill_folder});
  SparkEngineOptions options;
  TRY_ASSIGN(options.address, resolve_secret(plan.engine.spark, needs.stop));
  options.threads = needs.threads;
  options.folder =
      needs.folder.empty() ? std::filesystem::path(plan.staging) / "spark" : needs.folder;
  options.spill_folder = needs.spill_folder;
  options.stop = needs.stop;
  return open_spark_engine(options);
}

}  // namespace quarentena
