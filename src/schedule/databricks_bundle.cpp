#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "schedule/other_schedulers.h"
#include "store/remote_folder.h"

namespace quarentena::schedule {
namespace {

/// YAML's double quotes, which can hold anything.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

/// What a job of Databricks cannot reach: the folders of this machine.
Status refuse_places_of_this_machine(const Plan& plan) {
  const auto refuse = [](const char* key, const std::string& value, const char* hint) {
    return fail(ErrorKind::config,
                fmt::format("'{}' is a folder of this machine, which a job of Databricks does not "
                            "have: {}",
                            key, value),
                hint);
  };
  if (plan.table.find("://") == std::string::npos)
    return refuse("table", plan.table, "write uc://catalog.schema.quarentena_global, or s3://...");
  if (plan.staging_remote.empty())
    return refuse("staging", plan.staging,
                  "write volumes://catalog/schema/volume/staging, or s3://...");
  for (const auto& source : plan.sources)
    if (source.location.find("://") == std::string::npos)
      return refuse(("sources." + source.name + ".location").c_str(), source.location,
                    "put it where the job reaches it: volumes://, s3://, sftp://, ...");
  return {};
}

/// The environment variables that the configuration names: each becomes a key of the secret scope.
std::set<std::string> variables_of(const Plan& plan) {
  std::ifstream in(plan.file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  static const std::regex reference(R"(\$\{env:([A-Za-z_][A-Za-z0-9_]*)\})");
  std::set<std::string> out;
  for (std::sregex_iterator at(text.begin(), text.end(), reference), end; at != end; ++at)
    out.insert((*at)[1]);
  return out;
}

constexpr const char* kServerless = R"(          environment_key: quarentena
      environments:
        - environment_key: quarentena
          spec:
            environment_version: "4"
)";

constexpr const char* kCluster = R"(          job_cluster_key: quarentena
      job_clusters:
        - job_cluster_key: quarentena
          new_cluster:
            spark_version: ${var.spark_version}
            node_type_id: ${var.node_type_id}
            data_security_mode: SINGLE_USER
            num_workers: 0
            spark_conf:
              spark.databricks.cluster.profile: singleNode
              spark.master: local[*]
            custom_tags:
              ResourceClass: SingleNode
)";

constexpr const char* kClusterVariables = R"(  spark_version:
    description: A Databricks runtime; the load itself needs none of it
    default: 16.4.x-scala2.12
  node_type_id:
    description: One small machine of your cloud, with two cores or more
)";

constexpr const char* kHead =
    R"(# A Databricks Asset Bundle, written by `quarentena schedule databricks`. What to do with it, step by step:
# docs/guides/databricks.md
bundle:
  name: quarentena

variables:
  package:
    description: What `scripts/pack` made, as a file of a Unity Catalog volume
    default: )";

constexpr const char* kAfterPackage = R"(  secret_scope:
    description: The scope that holds the secrets of quarentena.yml
    default: quarentena
)";

std::string job(const ScheduledLoad& load, const std::string& when, Compute compute,
                const std::set<std::string>& variables) {
  std::string out = fmt::format(R"(    quarentena_{0}:
      name: quarentena {1}
      max_concurrent_runs: 1
      queue:
        enabled: true
      schedule:
        quartz_cron_expression: {2}
        timezone_id: {3}
        pause_status: UNPAUSED
      parameters:
        - name: data_carga
          default: ""
      tasks:
        - task_key: run
          timeout_seconds: 14400
          max_retries: 0
          spark_python_task:
            python_file: ./run_quarentena.py
            parameters:
              - --package=${{var.package}}
              - --config=${{workspace.file_path}}/quarentena.yml
              - --secret-scope=${{var.secret_scope}}
              - "--data-carga={{{{job.parameters.data_carga}}}}"
)",
                                std::regex_replace(load.name, std::regex("[^A-Za-z0-9_]"), "_"),
                                load.name, quoted(when), load.cron.zone());
  for (const auto& name : variables) out += fmt::format("              - --secret={}\n", name);
  for (const auto& source : load.only) out += fmt::format("              - --only={}\n", source);
  return out + (compute == Compute::serverless ? kServerless : kCluster);
}

constexpr const char* kTargets = R"(
targets:
  prod:
    default: true
    mode: production
    workspace:
      root_path: /Workspace/Shared/.bundle/${bundle.name}/${bundle.target}
)";

constexpr const char* kScript =
    R"py("""Runs quarentena from its package inside a job of Databricks. Written by `quarentena schedule databricks`."""

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from databricks.sdk import WorkspaceClient

DEGRADED, HELD, TEMPORARY = 3, 4, 5
ATTEMPTS, FIRST_WAIT_S, LONGEST_WAIT_S = 6, 60, 1800


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--package", required=True)
    parser.add_argument("--config", required=True)
    parser.add_argument("--secret-scope", required=True)
    parser.add_argument("--data-carga", default="")
    parser.add_argument("--secret", action="append", default=[])
    parser.add_argument("--only", action="append", default=[])
    return parser.parse_args()


def unpacked(package, folder):
    """On the machine's own disk: a volume may not let a program run from it."""
    with tarfile.open(package) as archive:
        archive.extractall(folder)
    return Path(folder) / "quarentena" / "quarentena"


def environment(asked, workspace):
    """Secrets go from the scope to the process and nowhere else. A token of the workspace is renewed by each attempt."""
    secrets = {name: workspace.dbutils.secrets.get(asked.secret_scope, name) for name in asked.secret}
    login = workspace.config.authenticate()["Authorization"].removeprefix("Bearer ")
    return {**os.environ, "DATABRICKS_HOST": workspace.config.host, "DATABRICKS_TOKEN": login, **secrets}


def main():
    asked = arguments()
    with tempfile.TemporaryDirectory() as folder:
        command = [str(unpacked(asked.package, folder)), "run", "--quiet", "-c", asked.config]
        command += ["--data-carga", asked.data_carga] if asked.data_carga else []
        for source in asked.only:
            command += ["--only", source]
        for attempt in range(ATTEMPTS):
            done = subprocess.run(command, env=environment(asked, WorkspaceClient()))
            if done.returncode != TEMPORARY:
                break
            time.sleep(min(FIRST_WAIT_S * 2**attempt, LONGEST_WAIT_S))
    if done.returncode == DEGRADED:
        print("published, but degraded: a source was carried forward", file=sys.stderr)
    elif done.returncode == HELD:
        sys.exit("held: nothing was published; a person must decide (see above)")
    elif done.returncode:
        sys.exit(f"quarentena ended with {done.returncode}")


main()
)py";

}  // namespace

Result<std::map<std::string, std::string>> databricks_bundle(const Plan& plan,
                                                             const Schedule& schedule,
                                                             Compute compute) {
  TRY_STATUS(refuse_places_of_this_machine(plan));
  const auto variables = variables_of(plan);
  std::string jobs;
  for (const auto& load : schedule.loads) {
    TRY_ASSIGN(const auto when, quartz(load.cron));
    jobs += job(load, when, compute, variables);
  }
  std::ifstream in(plan.file, std::ios::binary);
  return std::map<std::string, std::string>{
      {"databricks.yml",
       fmt::format("{}/Volumes/main/quarentena/files/quarentena.tar.gz\n{}{}\n"
                   "resources:\n  jobs:\n{}{}",
                   kHead, kAfterPackage, compute == Compute::cluster ? kClusterVariables : "", jobs,
                   kTargets)},
      {"run_quarentena.py", kScript},
      {"quarentena.yml", {std::istreambuf_iterator<char>(in), {}}}};
}

}  // namespace quarentena::schedule
