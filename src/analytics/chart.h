#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analytics/analytics.h"

/// An analysis' rows as its chart needs them, for whoever draws: svg.h, cli/chart_text.h.
namespace quarentena::analytics {

struct ChartSeries {
  std::string name;
  std::vector<std::optional<double>> values;  ///< one for each of ChartData::xs; nullopt: no row
};

struct ChartData {
  /// Days, numbers and a heat map's categories sorted, others as they come.
  std::vector<std::string> xs;
  std::vector<ChartSeries> series;  ///< by name; at least one when there is a row
  double lowest = 0, highest = 0;   ///< of all values, and 0
};

/// Rows of the same x and series are added up. The columns are there: run_analysis() saw to it.
ChartData chart_data(const Chart& chart, const Table& table);

/// Errors: config, when a column of the chart is not in the table, or `y` is none of numbers.
Status check_chart(const Analysis& analysis, const Table& table);

}  // namespace quarentena::analytics
