#include "run/day_changes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace quarentena {
namespace {

/// Both states joined: t of the table, n of now.
std::string joined(Date data_carga, const std::vector<ComputedCanal>& computed) {
  constexpr const char* kValue = "hash(email, telefone, assunto, data_envio, saida_prevista)";
  std::vector<std::string> canais, parts;
  for (const auto& canal : computed) {
    canais.push_back(canal.canal);
    if (canal.rows.empty()) continue;
    parts.push_back(fmt::format("SELECT {} AS canal, id_cliente, {} AS value FROM {}",
                                sql_text(canal.canal), kValue, parquet_rows(canal)));
  }
  if (parts.empty())
    parts.push_back(
        "SELECT NULL::VARCHAR AS canal, NULL::VARCHAR AS id_cliente, 0::UBIGINT AS "
        "value WHERE false");
  return fmt::format(
      "(SELECT canal, id_cliente, {} AS value FROM quarentena_global WHERE data_carga = DATE '{}' "
      "AND canal IN ({})) t FULL JOIN ({}) n ON t.canal = n.canal AND t.id_cliente = n.id_cliente",
      kValue, data_carga.iso(), sql_texts(canais), fmt::join(parts, " UNION ALL "));
}

}  // namespace

std::string parquet_rows(const ComputedCanal& canal) {
  std::vector<std::string> files;
  for (const auto& file : canal.rows) files.push_back(file.string());
  return fmt::format("read_parquet([{}])", sql_texts(files));
}

Result<std::vector<CanalChange>> changes_of(TableQuery& table, Date data_carga,
                                            const std::vector<ComputedCanal>& computed) {
  std::vector<CanalChange> out;
  if (computed.empty()) return out;
  const auto sql = fmt::format(
      "SELECT coalesce(t.canal, n.canal) AS canal, count(t.id_cliente), "
      "count(n.id_cliente), count(*) FILTER (WHERE t.id_cliente IS NULL), "
      "count(*) FILTER (WHERE n.id_cliente IS NULL), "
      "count(*) FILTER (WHERE t.value <> n.value) FROM {} GROUP BY 1 ORDER BY 1",
      joined(data_carga, computed));
  TRY_STATUS(each_row(table, sql, [&](const AnswerRow& row) {
    const auto count = [&](std::size_t i) { return std::stoll(row[i].value_or("0")); };
    out.push_back({row[0].value_or(""), count(1), count(2), count(3), count(4), count(5)});
  }));
  return out;
}

Status each_change(TableQuery& table, Date data_carga, const std::vector<ComputedCanal>& computed,
                   const ClientChange& client) {
  if (computed.empty()) return {};
  const auto sql = fmt::format(
      "SELECT coalesce(t.canal, n.canal), coalesce(t.id_cliente, n.id_cliente), "
      "t.id_cliente IS NULL FROM {} WHERE t.id_cliente IS NULL OR n.id_cliente IS NULL "
      "ORDER BY 1, 2",
      joined(data_carga, computed));
  return each_row(table, sql, [&](const AnswerRow& row) {
    client(row[0].value_or(""), row[1].value_or(""), row[2] == "true");
  });
}

}  // namespace quarentena
