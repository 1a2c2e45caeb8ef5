#include "engine/duckdb/identity_views.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace quarentena::duck {
namespace {

/// cpf_key(id_cliente): the kind names the functions, the column holds what was delivered.
struct Wanted {
  std::string kind;
  std::string column;
};

std::vector<Wanted> wanted(const IdentityKeys& keys) {
  std::vector<Wanted> all;
  if (!keys.cpf.empty()) all.push_back({"cpf", keys.cpf});
  if (keys.telefone) all.push_back({"telefone", "telefone"});
  if (keys.email) all.push_back({"email", "email"});
  return all;
}

}  // namespace

Status create_identity_views(Connection& connection, const IdentityKeys& keys) {
  std::vector<std::string> raw{"id_cliente", "telefone", "email"};
  std::vector<std::string> made, rejected;
  for (const auto& [kind, column] : wanted(keys)) {
    const auto name = identifier(column);
    if (std::find(raw.begin(), raw.end(), column) == raw.end()) raw.push_back(column);
    made.push_back(fmt::format("{0}_key({1}) AS {0}_key", kind, name));
    rejected.push_back(
        fmt::format("SELECT data_carga, canal, id_cliente, {} AS \"column\", {} AS value, "
                    "{}_reason({}) AS reason FROM quarentena_global",
                    literal(column), name, kind, name));
  }
  if (made.empty()) return {};
  TRY_STATUS(
      connection.run(fmt::format("CREATE TEMP VIEW identidades AS SELECT data_carga, canal, {}, {} "
                                 "FROM quarentena_global",
                                 fmt::join(raw, ", "), fmt::join(made, ", "))));
  return connection.run(
      fmt::format("CREATE TEMP VIEW identidades_rejeitadas AS SELECT * FROM ({}) "
                  "WHERE reason IS NOT NULL",
                  fmt::join(rejected, " UNION ALL ")));
}

}  // namespace quarentena::duck
