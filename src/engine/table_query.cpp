#include "engine/table_query.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "rules/dialect.h"

namespace quarentena {

Status each_row(TableQuery& query, const std::string& sql,
                const std::function<void(const AnswerRow&)>& row) {
  TRY_ASSIGN(const auto answer, query.ask(sql));
  for (AnswerRow values; row;) {
    TRY_ASSIGN(const bool more, answer->next(values));
    if (!more) break;
    row(values);
  }
  return {};
}

std::optional<Date> latest_day(const Snapshot& snapshot) {
  std::optional<Date> out;
  for (const auto& file : snapshot.files) {
    const auto text = file.partition_value("data_carga");
    const auto day = text ? Date::parse_iso(*text) : std::nullopt;
    if (day && (!out || *out < *day)) out = day;
  }
  return out;
}

std::string sql_text(std::string_view text) { return duckdb_dialect().text(text); }

std::string sql_texts(const std::vector<std::string>& texts) {
  std::vector<std::string> quoted;
  for (const auto& text : texts) quoted.push_back(sql_text(text));
  return fmt::format("{}", fmt::join(quoted, ", "));
}

}  // namespace quarentena
