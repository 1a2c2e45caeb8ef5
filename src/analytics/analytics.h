#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "analytics/analysis.h"
#include "base/date.h"
#include "base/error.h"
#include "engine/table_query.h"

/// What is asked of the published table again and again: the files of `analytics/`, which are part
/// of the program, and those of the user's own folder.
namespace quarentena::analytics {

/// By name. A file of `folder` (empty: none) takes the place of ours of the same name. Errors:
/// config (a header that is wrong: file and line), missing (no such folder).
Result<std::vector<Analysis>> list_analyses(const std::filesystem::path& folder);

/// Errors: config, with the name that was probably meant.
Result<Analysis> find_analysis(const std::vector<Analysis>& analyses, const std::string& name);

using Values = std::map<std::string, std::string>;  ///< by parameter

/// A small table: counts, not clients.
struct Table {
  std::vector<AnswerColumn> columns;
  std::vector<AnswerRow> rows;
};
constexpr std::size_t kMostRows = 100'000;

struct Outcome {
  Values values;              ///< of every parameter, as it was meant: `latest` is a day by now
  std::int64_t version = -1;  ///< of the table
  Table table;
};

/// `given` stands in for the parameters' defaults. `today` is the day in the plan's time zone. Not
/// from two threads with one `query`. Errors: config (an unknown parameter, a value that is not of
/// its type, SQL that the engine refuses, a chart of columns that are not there, more than
/// kMostRows rows), and those of the engine.
Result<Outcome> run_analysis(const Analysis& analysis, const Values& given, TableQuery& query,
                             Date today);

/// [{"name", "title": {"pt", "en"}, "description": {...}, "parameters": [{"name", "type",
/// "default", "label": {...}}], "chart": {"kind", "x", "y", "series"} or null, "file": path or
/// null}]
std::string to_json(const std::vector<Analysis>& analyses);

/// [{column: value}], an object a row: numbers as numbers, days as 2024-05-28, NULL as null.
std::string rows_json(const Table& table);

/// One analysis as above, with "version", "values": {parameter: text},
/// "columns": [{"name", "type": text|whole|real|date|truth}] and "rows": as rows_json().
std::string to_json(const Analysis& analysis, const Outcome& outcome);

}  // namespace quarentena::analytics
