#include "run/open_engine.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/slashes.h"
#include "net/databricks_client.h"
#include "net/secrets.h"
#include "store/open_store.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

/// Where Spark, if it is not at this machine's side, sees the volume.
std::string volume_path(const std::string& location) {
  return "/Volumes/" + location.substr(std::string_view("volumes://").size());
}

/// Through the table's own store, where it is named by its place: Spark writes there anyway.
Status pass_through_table(const Plan& plan, StopFlag stop, SparkFiles& files) {
  TRY_ASSIGN(auto store, open_store(plan.table, plan.table_auth, stop));
  files.location = without_slash(plan.table) + "/_quarentena";
  files.through = store_folder(store, split_store_path(files.location).path, stop);
  files.table = TableAt(plan.table, std::move(store));
  return {};
}

Status pass_through_staging(const Plan& plan, StopFlag stop, SparkFiles& files) {
  const auto location = without_slash(plan.staging_remote) + "/spark";
  TRY_ASSIGN(files.through, open_remote_folder(location, plan.staging_auth, stop));
  files.location = is_object_store(location) ? location : volume_path(location);
  return {};
}

Result<SparkFiles> passing(const Plan& plan, const EngineNeeds& needs) {
  const bool of_a_run = !needs.folder.empty();
  SparkFiles files;
  files.folder = of_a_run ? needs.folder : fs::path(plan.staging) / "spark";
  files.name =
      of_a_run ? needs.folder.filename().string() : fmt::format("ask-{}-{}", now_ms(), getpid());
  const bool in_catalog = plan.table.starts_with("uc://");
  if (is_object_store(plan.table)) {
    TRY_STATUS(pass_through_table(plan, needs.stop, files));
  } else if (in_catalog && !plan.staging_remote.empty()) {
    TRY_STATUS(pass_through_staging(plan, needs.stop, files));
  }
  return files;
}

}  // namespace

Result<SparkAt> find_spark(const Plan& plan, StopFlag stop) {
  const auto& engine = plan.engine;
  SparkAt at;
  if (engine.cluster.empty() && engine.warehouse.empty()) {
    TRY_ASSIGN(at.address, resolve_secret(engine.spark, stop));
    return at;
  }
  TRY_ASSIGN(auto login, databricks_login(plan.catalog.auth, stop));
  at.databricks = DatabricksClient::of(std::move(login));
  at.cluster = engine.cluster;
  at.warehouse = engine.warehouse;
  return at;
}

bool places_rows(const Plan& plan) {
  return plan.engine.kind == EngineChoice::Kind::spark && is_object_store(plan.table);
}

Result<std::unique_ptr<Engine>> open_engine(const Plan& plan, const EngineNeeds& needs) {
  if (plan.engine.kind == EngineChoice::Kind::duckdb)
    return open_duckdb_engine({needs.threads, needs.spill_folder});
  SparkEngineOptions options;
  TRY_ASSIGN(options.at, find_spark(plan, needs.stop));
  TRY_ASSIGN(options.files, passing(plan, needs));
  options.threads = needs.threads;
  options.spill_folder = needs.spill_folder;
  options.stop = needs.stop;
  return open_spark_engine(options);
}

}  // namespace quarentena
