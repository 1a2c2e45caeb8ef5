#include "engine/duckdb/early_releases.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace quarentena::duck {
namespace {

std::string parquet(const std::vector<std::filesystem::path>& files, const std::string& columns) {
  if (files.empty())
    return "SELECT NULL::VARCHAR AS id_cliente, NULL::DATE AS data_envio, NULL::DATE AS "
           "saida_prevista WHERE false";
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(literal(file.string()));
  return fmt::format("SELECT {} FROM read_parquet([{}], hive_partitioning = false)", columns,
                     fmt::join(names, ", "));
}

std::optional<Date> day_of(const std::optional<std::string>& text) {
  return text ? Date::parse_iso(*text) : std::nullopt;
}

}  // namespace

Result<std::unique_ptr<EarlyReleases>> EarlyReleases::open(Connection& connection,
                                                           const ReleaseCheck& check) {
  std::unique_ptr<EarlyReleases> releases(new EarlyReleases(connection));
  TRY_STATUS(releases->show_before(check));
  TRY_STATUS(connection.run("CREATE OR REPLACE TEMP VIEW in_quarantine_now AS " +
                            parquet(check.now, "id_cliente")));
  TRY_STATUS(connection.run(
      "CREATE OR REPLACE TEMP VIEW due_to_stay AS SELECT * EXCLUDE (due) FROM in_quarantine_before "
      "WHERE due"));
  return releases;
}

Status EarlyReleases::show_before(const ReleaseCheck& check) {
  std::string rows = parquet(check.files, "id_cliente, data_envio, saida_prevista");
  if (check.table) {
    TRY_STATUS(scanned_.create_view(
        connection_, "table_before", *check.table,
        {"id_cliente", "data_envio", "saida_prevista", "canal", "data_carga"}));
    // A scan is read once, and the list asks after the count.
    TRY_STATUS(connection_.run(fmt::format(
        "CREATE OR REPLACE TEMP TABLE rows_before AS SELECT id_cliente, data_envio, saida_prevista "
        "FROM table_before WHERE data_carga::VARCHAR = '{}' AND canal = {}",
        check.before.iso(), literal(check.canal))));
    rows = "FROM rows_before";
  }
  return connection_.run(fmt::format(
      "CREATE OR REPLACE TEMP VIEW in_quarantine_before AS SELECT *, saida_prevista IS NULL OR "
      "saida_prevista >= DATE '{}' AS due FROM ({})",
      check.data_carga.iso(), rows));
}

Result<ReleaseCount> EarlyReleases::count(ReleaseCheck::Made made) {
  if (made == ReleaseCheck::Made::from_the_same) {
    TRY_ASSIGN(const auto count, count_without_joining());
    if (count) return *count;
  }
  TRY_ASSIGN(auto answer,
             connection_.query(
                 "SELECT (count(*) FILTER (WHERE due))::VARCHAR, (count(*) FILTER (WHERE due AND "
                 "NOT here))::VARCHAR, count(*)::VARCHAR, (count(*) FILTER (WHERE here))::VARCHAR "
                 "FROM (SELECT due, hash(id_cliente) IN (SELECT hash(id_cliente) FROM "
                 "in_quarantine_now) AS here FROM in_quarantine_before)"));
  const auto row = answer.first_row();
  const auto number = [&](std::size_t i) { return std::stoll(row.at(i).value()); };
  const bool same = made == ReleaseCheck::Made::from_the_same;
  return ReleaseCount{number(0), same ? 0 : number(1), number(2), number(3)};
}

/// The same deliveries hold the same clients, but for those whose period is over and those whose
/// day has come. When as many are there as the first leave, there are none of the second.
Result<std::optional<ReleaseCount>> EarlyReleases::count_without_joining() {
  TRY_ASSIGN(auto answer,
             connection_.query("SELECT (count(*) FILTER (WHERE due))::VARCHAR, count(*)::VARCHAR, "
                               "(SELECT count(*) FROM in_quarantine_now)::VARCHAR FROM "
                               "in_quarantine_before"));
  const auto row = answer.first_row();
  const auto due = std::stoll(row.at(0).value());
  if (due != std::stoll(row.at(2).value())) return std::nullopt;
  return ReleaseCount{due, 0, std::stoll(row.at(1).value()), due};
}

/// Of a client's several delivered rows the one that says most: how near it came to counting, then
/// the latest.
Result<Answer> EarlyReleases::list(const std::string& judged) {
  const auto delivered = judged.empty()
                             ? std::string(
                                   "SELECT NULL::VARCHAR AS id_cliente, NULL::BIGINT AS source, "
                                   "NULL::VARCHAR AS status, NULL::DATE AS data_envio WHERE false")
                             : judged;
  return connection_.query(fmt::format(
      "WITH released AS MATERIALIZED (SELECT * FROM due_to_stay ANTI JOIN in_quarantine_now USING "
      "(id_cliente)), rows AS (\n{}\n), seen AS (SELECT id_cliente, first(struct_pack(source := "
      "source, status := status, data_envio := data_envio) ORDER BY list_position(['expired', "
      "'filtered', 'future', 'rejected'], status), data_envio DESC NULLS LAST) AS row FROM rows "
      "SEMI JOIN released USING (id_cliente) GROUP BY ALL)\n"
      "SELECT released.id_cliente, released.data_envio::VARCHAR, saida_prevista::VARCHAR, "
      "row.source::VARCHAR, row.status::VARCHAR, row.data_envio::VARCHAR "
      "FROM released LEFT JOIN seen USING (id_cliente) ORDER BY released.id_cliente",
      delivered));
}

EarlyRelease to_early_release(const std::vector<std::optional<std::string>>& row) {
  EarlyRelease one;
  one.id_cliente = row.at(0).value_or("");
  one.data_envio = day_of(row.at(1));
  one.saida_prevista = day_of(row.at(2));
  if (row.at(3)) one.input = std::stoul(*row.at(3));
  one.status = row.at(4).value_or("");
  one.sent_now = day_of(row.at(5));
  return one;
}

}  // namespace quarentena::duck
