#include "run/late_rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/sha256.h"
#include "run/day_changes.h"
#include "run/open_engine.h"
#include "run/private_file.h"
#include "staging/kept_folder.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

/// The last day of a row, by the period of the input it came in.
std::string last_day(const SourceMemory& memory) {
  std::string out = "CASE source";
  for (std::size_t i = 0; i < memory.periods.size(); ++i) {
    const auto& dias = memory.periods[i].period.dias;
    out += dias ? fmt::format(" WHEN {} THEN data_envio + {}", i, *dias)
                : fmt::format(" WHEN {} THEN CAST(NULL AS DATE)", i);
  }
  return out + " END";
}

}  // namespace

Status LateSearch::read_deliveries(const Ledger& ledger, Date from, Date to) {
  TRY_ASSIGN(const auto engine, open_engine(plan_, {1, folder_, folder_ / "spill", stop_}));
  for (const auto& source : plan_.sources)
    TRY_STATUS(read_source(*engine, ledger, source, from, to));
  return {};
}

Status LateSearch::read_source(Engine& engine, const Ledger& ledger, const Source& source,
                               Date from, Date to) {
  const bool of_its_day = source.depends_on_day();
  const auto memory = remember(source, ledger.history(source.name, Date(to.days() + 1)), to);
  const int reach = memory.longest_period();
  std::set<std::string> seen;
  for (const auto& row : ledger.rows()) {  // by day
    if (row.source != source.name || row.decision != Decision::accepted || row.in_force.empty())
      continue;
    const auto day = row.data_carga.days();
    const bool dated = !source.period.until_removed();
    if (dated && (day < from.days() - reach || day > to.days() + reach)) continue;
    if (!of_its_day && !seen.insert(row.in_force).second) continue;
    if (stop_ && *stop_)
      return fail(ErrorKind::machine, "interrupted", "the same command goes on from here");
    const FetchContext context{row.data_carga, plan_.timezone,
                               fs::path(plan_.staging) / "inbox" / source.name, stop_};
    auto opened = kept_.open(source, row.in_force, context);
    if (!opened && opened.error().kind != ErrorKind::missing) return fail_with(std::move(opened));
    if (opened) {
      TRY_STATUS(read_delivery(engine, ledger, source, row, *opened));
    } else if (row.data_carga > from) {
      ++not_kept_;
    }
  }
  return {};
}

Status LateSearch::read_delivery(Engine& engine, const Ledger& ledger, const Source& source,
                                 const LedgerRow& row, const Delivery& delivery) {
  const auto memory = remember(source, ledger.history(source.name, Date(row.data_carga.days() + 1)),
                               row.data_carga);
  CanalLoad load{.canal = source.canal,
                 .sources = {},
                 .data_carga = row.data_carga,
                 .timezone = plan_.timezone,
                 .folder = {}};
  for (const auto& [period, sent] : memory.periods)
    load.sources.push_back({&source, &delivery, nullptr, row.data_carga, period, sent});
  const auto file = folder_ / fmt::format("delivered-{:05}.parquet", files_.size());
  const auto sql = fmt::format(
      "SELECT DISTINCT {} AS from_source, {} AS canal, id_cliente, email, telefone, "
      "assunto, data_envio, {} AS last_day, DATE '{}' AS delivered FROM rows WHERE "
      "status IN ('candidate', 'expired') AND data_envio IS NOT NULL",
      sql_text(source.name), sql_text(source.canal), last_day(memory), row.data_carga.iso());
  auto written = engine.write(load, sql, file);
  if (!written) {
    const auto then = kept_.source_then(source, row.in_force);
    if (!then) return written;
    for (auto& input : load.sources) input.source = &*then;
    TRY_STATUS(engine.write(load, sql, file));
  }
  files_.push_back(file.string());
  return {};
}

std::string LateSearch::delivered() const {
  return fmt::format("read_parquet([{}])", sql_texts(files_));
}

Status LateSearch::find(TableQuery& session, const std::vector<Date>& days,
                        const std::string& there) {
  canais_.clear();
  std::vector<std::string> values;
  for (const auto day : days) values.push_back(fmt::format("(DATE '{}')", day.iso()));
  if (files_.empty() || values.empty()) return {};
  TRY_STATUS(each_row(
      session,
      fmt::format("CREATE OR REPLACE TEMP TABLE late AS WITH delivered AS (SELECT canal, "
                  "id_cliente, data_envio, min(delivered) AS delivered, CASE WHEN count(*) = "
                  "count(last_day) THEN max(last_day) END AS last_day FROM {} GROUP BY ALL), "
                  "days(day) AS (VALUES {}), there AS ({}) "
                  "SELECT d.canal, d.id_cliente, d.data_envio, d.delivered, day FROM delivered d "
                  "JOIN days ON day >= d.data_envio AND day < d.delivered AND (d.last_day IS NULL "
                  "OR day <= d.last_day) WHERE NOT EXISTS (FROM there t WHERE t.data_carga = day "
                  "AND t.canal = d.canal AND t.id_cliente = d.id_cliente)",
                  delivered(), fmt::join(values, ", "), there)));
  return each_row(
      session,
      "SELECT canal, count(DISTINCT id_cliente), count(DISTINCT (id_cliente, day)) FROM late "
      "GROUP BY 1 ORDER BY 1",
      [&](const AnswerRow& row) {
        canais_.push_back({row[0].value_or(""), std::stoll(row[1].value_or("0")),
                           std::stoll(row[2].value_or("0"))});
      });
}

Status LateSearch::write_csv(TableQuery& session, const fs::path& file) const {
  TRY_STATUS(PrivateFile(file).close());  // DuckDB writes into it, and would make one for everybody
  return each_row(
      session,
      fmt::format("COPY (SELECT canal, id_cliente, data_envio, delivered AS first_delivered, "
                  "count(*) AS days_missed, string_agg(day::VARCHAR, ' ' ORDER BY day) AS missed "
                  "FROM late GROUP BY canal, id_cliente, data_envio, delivered ORDER BY canal, "
                  "id_cliente, data_envio) TO {} (FORMAT csv, HEADER, USE_TMP_FILE false)",
                  sql_text(file.string())));
}

Result<std::vector<LateRows>> LateSearch::rows_of(TableQuery& session, Date day) const {
  std::vector<LateRows> out;
  if (canais_.empty()) return out;
  for (const auto& source : plan_.sources) {
    TRY_ASSIGN(auto rows, rows_of(session, day, source));
    if (rows) out.push_back(std::move(*rows));
  }
  return out;
}

Result<std::optional<LateRows>> LateSearch::rows_of(TableQuery& session, Date day,
                                                    const Source& source) const {
  const auto file = folder_ / fmt::format("late-{}-{}.parquet", day.iso(), source.name);
  TRY_STATUS(each_row(
      session,
      fmt::format("COPY (SELECT DISTINCT r.id_cliente, r.email, r.telefone, r.assunto, "
                  "r.data_envio FROM {} r JOIN late l ON l.day = DATE '{}' AND l.canal = r.canal "
                  "AND l.id_cliente = r.id_cliente AND l.data_envio = r.data_envio AND "
                  "l.delivered = r.delivered WHERE r.from_source = {} ORDER BY ALL) TO {} "
                  "(FORMAT parquet)",
                  delivered(), day.iso(), sql_text(source.name), sql_text(file.string()))));
  // The digest is of the rows, not of the file: the same rows again are the same delivery.
  AnswerRow row;
  TRY_STATUS(each_row(session,
                      fmt::format("SELECT count(*), sha256(coalesce(string_agg(t, chr(10) ORDER "
                                  "BY t), '')) FROM (SELECT to_json(r)::VARCHAR AS t FROM "
                                  "read_parquet({}) r)",
                                  sql_text(file.string())),
                      [&](const AnswerRow& only) { row = only; }));
  if (row.at(0) == "0") return std::nullopt;
  std::error_code ignored;
  const auto size = static_cast<std::int64_t>(fs::file_size(file, ignored));
  LateRows out{source.name, standard_columns(source), {}};
  TRY_ASSIGN(auto sha256, sha256_of_file(file));
  out.delivery.files.push_back({file, size, modified_ms(file), std::move(sha256)});
  out.delivery.size_bytes = size;
  out.delivery.digest = row[1].value_or("");
  return out;
}

}  // namespace quarentena
