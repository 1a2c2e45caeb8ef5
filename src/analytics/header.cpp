#include "analytics/header.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>

#include "analytics/parameters.h"
#include "analytics/placeholders.h"
#include "config/nearest.h"

namespace quarentena::analytics {
namespace {

const std::vector<std::string> kKeys = {"title",          "title.en", "description",
                                        "description.en", "param",    "chart"};
const std::vector<std::string> kCharts = {"none", "line", "bar", "stacked", "heat"};
constexpr const char* kParamForm =
    "write: -- param: name date|integer|text default | o que é | what it is";
constexpr const char* kChartForm =
    "write: -- chart: line|bar|stacked|heat x=column y=column series=column";

std::string trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\r");
  if (from == text.npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(" \t\r") + 1 - from));
}

struct Entry {
  std::string key, value;
  int line = 0;
};

class HeaderReader {
 public:
  HeaderReader(std::string name, std::string shown, const std::string& text) : shown_(shown) {
    analysis_.name = std::move(name);
    analysis_.sql = text;
  }

  Result<Analysis> read() {
    TRY_ASSIGN(const auto entries, split());
    for (const auto& entry : entries) TRY_STATUS(take(entry));
    if (analysis_.title.pt.empty())
      return problem(1, "there is no title", "begin the file with: -- title: O que ela mostra");
    TRY_STATUS(check_query());
    return std::move(analysis_);
  }

 private:
  tl::unexpected<Error> problem(int line, const std::string& what, std::string hint = {}) const {
    return fail(ErrorKind::config, fmt::format("{}:{}: {}", shown_, line, what), std::move(hint));
  }

  /// The `--` lines that the file begins with, those of three blanks joined to the one before.
  Result<std::vector<Entry>> split() const {
    std::vector<Entry> entries;
    std::istringstream lines(analysis_.sql);
    std::string text;
    for (int line = 1; std::getline(lines, text) && text.starts_with("--"); ++line) {
      if (text.starts_with("--   ") && !entries.empty()) {
        entries.back().value += " " + trimmed(text.substr(2));
        continue;
      }
      const auto colon = text.find(':');
      if (colon == text.npos)
        return problem(line, fmt::format("'{}' is no line of a header", text),
                       "an empty line ends the header; a comment goes below it");
      entries.push_back({trimmed(std::string_view(text).substr(2, colon - 2)),
                         trimmed(std::string_view(text).substr(colon + 1)), line});
    }
    return entries;
  }

  Status take(const Entry& entry) {
    if (std::find(kKeys.begin(), kKeys.end(), entry.key) == kKeys.end()) {
      const auto near = nearest(entry.key, kKeys);
      return problem(entry.line, fmt::format("'{}' is no key of a header", entry.key),
                     near ? fmt::format("did you mean '{}'?", *near)
                          : fmt::format("the keys are {}", fmt::join(kKeys, ", ")));
    }
    if (entry.value.empty())
      return problem(entry.line, fmt::format("'{}' says nothing", entry.key), "");
    if (entry.key != "param" && !seen_.insert(entry.key).second)
      return problem(entry.line, fmt::format("'{}' is there twice", entry.key), "keep one of them");
    if (entry.key == "title") analysis_.title.pt = entry.value;
    if (entry.key == "title.en") analysis_.title.en = entry.value;
    if (entry.key == "description") analysis_.description.pt = entry.value;
    if (entry.key == "description.en") analysis_.description.en = entry.value;
    if (entry.key == "param") return take_parameter(entry);
    if (entry.key == "chart") return take_chart(entry);
    return {};
  }

  Status take_parameter(const Entry& entry) {
    std::vector<std::string> parts;
    std::istringstream cells(entry.value);
    for (std::string cell; std::getline(cells, cell, '|');) parts.push_back(trimmed(cell));
    std::istringstream words(parts[0]);
    Parameter parameter;
    std::string type;
    words >> parameter.name >> type;
    std::getline(words, parameter.by_default);
    parameter.by_default = trimmed(parameter.by_default);
    const auto known = type_named(type);
    if (!known || parameter.by_default.empty() || parts.size() > 3)
      return problem(entry.line, fmt::format("'{}' is no parameter", entry.value), kParamForm);
    parameter.type = *known;
    if (parameter.by_default == "\"\"") parameter.by_default.clear();
    if (parts.size() > 1) parameter.label.pt = parts[1];
    if (parts.size() > 2) parameter.label.en = parts[2];
    const auto used = placeholders(":" + parameter.name);
    if (used.size() != 1 || used[0].name != parameter.name)
      return problem(entry.line, fmt::format("'{}' is no name of a parameter", parameter.name),
                     "letters, digits and _ make one");
    const auto fits = resolved(parameter, parameter.by_default, {});
    if (!fits) return problem(entry.line, fits.error().what, fits.error().hint);
    for (const auto& other : analysis_.parameters)
      if (other.name == parameter.name)
        return problem(entry.line, fmt::format("parameter '{}' is there twice", other.name), "");
    lines_.push_back(entry.line);
    analysis_.parameters.push_back(std::move(parameter));
    return {};
  }

  static std::optional<ParameterType> type_named(const std::string& word) {
    for (const auto type : {ParameterType::date, ParameterType::integer, ParameterType::text})
      if (word == name(type)) return type;
    return {};
  }

  Status take_chart(const Entry& entry) {
    std::istringstream words(entry.value);
    std::string kind;
    words >> kind;
    const auto found = std::find(kCharts.begin(), kCharts.end(), kind);
    if (found == kCharts.end())
      return problem(entry.line, fmt::format("'{}' is no chart", kind), kChartForm);
    auto& chart = analysis_.chart;
    chart.kind = static_cast<Chart::Kind>(found - kCharts.begin());
    for (std::string word; words >> word;) {
      const auto equals = word.find('=');
      const auto key = word.substr(0, equals);
      auto* place = key == "x" ? &chart.x : key == "y" ? &chart.y : &chart.series;
      if (equals == word.npos || (place == &chart.series && key != "series"))
        return problem(entry.line, fmt::format("'{}' says nothing of a chart", word), kChartForm);
      *place = word.substr(equals + 1);
    }
    const bool drawn = chart.kind != Chart::Kind::none;
    if (drawn && (chart.x.empty() || chart.y.empty()))
      return problem(entry.line, "a chart needs x and y", kChartForm);
    if (chart.kind == Chart::Kind::heat && chart.series.empty())
      return problem(entry.line, "a heat map needs series, its rows", kChartForm);
    return {};
  }

  Status check_query() const {
    std::set<std::string> used;
    for (const auto& place : placeholders(analysis_.sql)) {
      const auto declared =
          std::any_of(analysis_.parameters.begin(), analysis_.parameters.end(),
                      [&](const auto& parameter) { return parameter.name == place.name; });
      const auto before = std::string_view(analysis_.sql).substr(0, place.at);
      const auto line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1;
      if (!declared)
        return problem(line, fmt::format(":{} is no parameter of this file", place.name),
                       kParamForm);
      used.insert(place.name);
    }
    for (std::size_t i = 0; i < lines_.size(); ++i)
      if (used.count(analysis_.parameters[i].name) == 0)
        return problem(lines_[i],
                       fmt::format("the query does not use :{}", analysis_.parameters[i].name),
                       "use it, or take the line out");
    return {};
  }

  std::string shown_;
  Analysis analysis_;
  std::set<std::string> seen_;
  std::vector<int> lines_;  // of analysis_.parameters
};

}  // namespace

const char* name(Chart::Kind kind) { return kCharts[static_cast<std::size_t>(kind)].c_str(); }

Result<Analysis> parse_analysis(const std::string& name, const std::string& shown,
                                const std::string& text) {
  return HeaderReader(name, shown, text).read();
}

}  // namespace quarentena::analytics
