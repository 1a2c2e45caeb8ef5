#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/secret.h"

namespace quarentena {

/// Where a Spark Connect server is and who we are to it: a connection string taken apart.
struct SparkAddress {
  enum class Wire { plain, tls };
  /// What answers behind the address. Databricks starts serverless compute for a session by the
  /// session's own id, in a header.
  enum class Compute { server, databricks_serverless };
  std::string host;  ///< an IPv6 address keeps its brackets
  int port = 15002;
  Wire wire = Wire::plain;
  Compute compute = Compute::server;
  Secret token;            ///< sent as `authorization: Bearer`; empty: none
  std::string user_id;     ///< empty: the server takes everyone for one user
  std::string session_id;  ///< a UUID; empty: a new one, which is released at the end
  std::string user_agent;  ///< what we call ourselves; empty: "quarentena"
  /// Every other parameter, sent with each call. The values may be credentials.
  std::vector<std::pair<std::string, Secret>> headers;

  bool is_this_machine() const;
  std::string endpoint() const { return host + ":" + std::to_string(port); }
  /// sc://host:port, for messages: no parameter is in it.
  std::string shown() const { return "sc://" + endpoint(); }
};

/// `sc://host[:port][/;key=value;...]`, values percent-encoded, as Spark defines it
/// (sql/connect/docs/client-connection-string.md): `token`, `use_ssl`, `user_id`, `session_id`,
/// `user_agent`, and any header. A token implies TLS, except to this machine when `use_ssl` does
/// not ask for it. Errors: config; they show no value of a parameter.
Result<SparkAddress> parse_spark_address(std::string_view text);

/// `configured`, or SPARK_REMOTE when that is empty. Errors: config when neither says where.
Result<SparkAddress> find_spark_address(std::string_view configured);

/// A workspace's cluster, or its serverless compute when `cluster_id` is empty. `host` is
/// DatabricksLogin::host; the token is SparkOptions::login's. Errors: config.
Result<SparkAddress> databricks_spark_address(std::string_view host, const std::string& cluster_id);

}  // namespace quarentena
