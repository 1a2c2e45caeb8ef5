#include "analytics/chart.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

namespace quarentena::analytics {
namespace {

std::optional<std::size_t> column_of(const Table& table, const std::string& name) {
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c].name == name) return c;
  return {};
}

std::string text_at(const AnswerRow& row, std::optional<std::size_t> column) {
  return column && row[*column] ? *row[*column] : std::string();
}

enum class Order { as_they_come, sorted };

/// The different values of a column. Days and numbers are sorted in any case; days as the texts
/// they are.
std::vector<std::string> categories(const Table& table, std::optional<std::size_t> column,
                                    Order order) {
  std::vector<std::string> out;
  std::map<std::string, bool> seen;
  for (const auto& row : table.rows)
    if (const auto text = text_at(row, column); !std::exchange(seen[text], true))
      out.push_back(text);
  if (!column) return out;
  if (table.columns[*column].numeric())
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
      return std::strtod(a.c_str(), nullptr) < std::strtod(b.c_str(), nullptr);
    });
  else if (order == Order::sorted || table.columns[*column].type == AnswerType::date)
    std::sort(out.begin(), out.end());
  return out;
}

std::map<std::string, std::size_t> positions(const std::vector<std::string>& names) {
  std::map<std::string, std::size_t> out;
  for (std::size_t i = 0; i < names.size(); ++i) out[names[i]] = i;
  return out;
}

}  // namespace

ChartData chart_data(const Chart& chart, const Table& table) {
  const auto x = column_of(table, chart.x), y = column_of(table, chart.y);
  const auto series = chart.series.empty() ? std::nullopt : column_of(table, chart.series);
  ChartData data;
  if (!x || !y) return data;
  data.xs =
      categories(table, x, chart.kind == Chart::Kind::heat ? Order::sorted : Order::as_they_come);
  const auto names = categories(table, series, Order::sorted);
  for (const auto& name : names)
    data.series.push_back({name, std::vector<std::optional<double>>(data.xs.size())});
  const auto at_x = positions(data.xs), at_series = positions(names);
  for (const auto& row : table.rows) {
    if (!row[*y]) continue;
    auto& value = data.series[at_series.at(text_at(row, series))].values[at_x.at(text_at(row, x))];
    value = value.value_or(0) + std::strtod(row[*y]->c_str(), nullptr);
    data.lowest = std::min(data.lowest, *value);
    data.highest = std::max(data.highest, *value);
  }
  return data;
}

Status check_chart(const Analysis& analysis, const Table& table) {
  const auto& chart = analysis.chart;
  if (chart.kind == Chart::Kind::none) return {};
  std::vector<std::string> names;
  for (const auto& column : table.columns) names.push_back(column.name);
  for (const auto& wanted : {chart.x, chart.y, chart.series})
    if (!wanted.empty() && !column_of(table, wanted))
      return fail(ErrorKind::config,
                  fmt::format("the chart of {} needs a column '{}', and the query gives {}",
                              analysis.name, wanted, fmt::join(names, ", ")),
                  "mend the line `-- chart:` of its file, or the query");
  if (table.columns[*column_of(table, chart.y)].numeric()) return {};
  return fail(ErrorKind::config,
              fmt::format("the chart of {} draws '{}', which is no number", analysis.name, chart.y),
              "mend the line `-- chart:` of its file, or the query");
}

}  // namespace quarentena::analytics
