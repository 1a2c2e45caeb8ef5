#include "history/history_row.h"

#include "history/history.h"

namespace quarentena {
namespace {

SmallValue text_or_null(const std::string& text) {
  return text.empty() ? SmallValue() : SmallValue(text);
}

SmallValue count_or_null(const std::optional<std::int64_t>& count) {
  return count ? SmallValue(*count) : SmallValue();
}

/// Over the canais; absent when one is.
std::optional<std::int64_t> sum(const RunReport& report,
                                std::optional<std::int64_t> CanalCount::*count) {
  if (report.canais.empty()) return std::nullopt;
  std::int64_t all = 0;
  for (const auto& canal : report.canais) {
    if (!(canal.*count)) return std::nullopt;
    all += *(canal.*count);
  }
  return all;
}

std::string without_line_end(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

const std::vector<SmallColumn>& history_columns() {
  static const std::vector<SmallColumn> columns = {
      {"run_id", SmallType::text},
      {"data_carga", SmallType::date},
      {"started_at", SmallType::timestamp},
      {"finished_at", SmallType::timestamp},
      {"took_ms", SmallType::whole},
      {"status", SmallType::text},
      {"exit_code", SmallType::integer},
      {"degraded_sources", SmallType::integer},
      {"host", SmallType::text},
      {"engine", SmallType::text},
      {"program", SmallType::text},
      {"config_digest", SmallType::text},
      {"table_version", SmallType::whole},
      {"rows_read", SmallType::whole},
      {"rows_quarantined", SmallType::whole},
      {"rows_rejected", SmallType::whole},
      {"clients_entered", SmallType::whole},
      {"clients_left", SmallType::whole},
      {"error_kind", SmallType::text},
      {"report", SmallType::text},
  };
  return columns;
}

SmallRow to_small_row(const RunReport& report) {
  const bool ended = report.finished_ms > 0;
  const bool counted = report.totals().read > 0;
  const auto if_counted = [&](std::int64_t count) {
    return counted ? SmallValue(count) : SmallValue();
  };
  std::int64_t degraded = 0;
  for (const auto& source : report.sources)
    degraded += source.decision == Decision::carried || source.decision == Decision::skipped;
  return {report.run_id,
          std::int64_t{report.data_carga.days()},
          report.started_ms,
          ended ? SmallValue(report.finished_ms) : SmallValue(),
          ended ? SmallValue(report.took_ms()) : SmallValue(),
          std::string(name(report.status)),
          ended ? SmallValue(std::int64_t{report.exit_code()}) : SmallValue(),
          degraded,
          text_or_null(report.host),
          text_or_null(report.engine),
          text_or_null(report.program),
          text_or_null(report.config_digest),
          count_or_null(report.version),
          if_counted(report.totals().read),
          if_counted(report.totals().quarantined),
          if_counted(report.totals().rejected),
          count_or_null(sum(report, &CanalCount::entered)),
          count_or_null(sum(report, &CanalCount::left)),
          report.error ? SmallValue(std::string(name(report.error->kind))) : SmallValue(),
          without_line_end(to_json(report, Layout::line))};
}

std::optional<RunReport> to_report(const SmallRow& row) {
  const auto* text = std::get_if<std::string>(&row.back());
  if (text == nullptr) return std::nullopt;
  auto report = report_from_json(*text);
  return report ? std::optional(std::move(*report)) : std::nullopt;
}

std::string run_id_of(const SmallRow& row) {
  const auto* text = std::get_if<std::string>(&row.front());
  return text != nullptr ? *text : std::string();
}

}  // namespace quarentena
