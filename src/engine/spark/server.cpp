#include "engine/spark/server.h"

#include <fmt/format.h>

#include <algorithm>

#include "spark/warehouse.h"

namespace quarentena::spark {
namespace {

bool is_databricks(const SparkAddress& address) {
  return address.compute == SparkAddress::Compute::databricks_serverless ||
         std::any_of(address.headers.begin(), address.headers.end(),
                     [](const auto& header) { return header.first.starts_with("x-databricks-"); });
}

/// What the rules' dialect relies on.
Status prepare(SqlSession& session) {
  TRY_STATUS(session.set("spark.sql.ansi.enabled", "false"));
  TRY_STATUS(session.set("spark.sql.session.timeZone", "UTC"));
  return session.set("spark.sql.legacy.timeParserPolicy", "CORRECTED");
}

/// Nothing can be set there: its statements stand alone. The dialect does without ansi mode being
/// off, but days are those of the session's zone.
Result<Server> open_warehouse(const SparkAt& at, const std::atomic<bool>* stop) {
  TRY_ASSIGN(auto session, open_warehouse_session({at.databricks, at.warehouse, stop}));
  TRY_ASSIGN(const auto answer, session->query("SELECT current_timezone()"));
  TRY_ASSIGN(const auto rows, rows_of(*answer));
  const auto zone = rows.empty() || rows[0].empty() ? std::nullopt : rows[0][0];
  if (zone != "UTC" && zone != "Etc/UTC")
    return fail(ErrorKind::config,
                fmt::format("the SQL warehouse {} counts time in {}", at.warehouse,
                            zone.value_or("an unknown zone")),
                "its parameter TIMEZONE must be UTC, as it is unless an administrator changed it; "
                "or use a cluster");
  return Server{std::move(session), Reader::databricks};
}

Result<SparkAddress> address_of(const SparkAt& at) {
  if (!at.databricks) return find_spark_address(at.address.reveal());
  return databricks_spark_address(at.databricks->host(),
                                  at.cluster == "serverless" ? std::string() : at.cluster);
}

}  // namespace

Result<Server> open_server(const SparkAt& at, const std::atomic<bool>* stop) {
  if (!at.warehouse.empty()) return open_warehouse(at, stop);
  SparkOptions server;
  TRY_ASSIGN(server.address, address_of(at));
  server.login = at.databricks;
  server.stop = stop;
  const auto reader = is_databricks(server.address) ? Reader::databricks : Reader::hadoop;
  TRY_ASSIGN(auto session, open_spark_session(std::move(server)));
  TRY_STATUS(prepare(*session));
  return Server{std::move(session), reader};
}

}  // namespace quarentena::spark
