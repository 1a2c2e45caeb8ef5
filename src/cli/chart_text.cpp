#include "cli/chart_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analytics/chart.h"
#include "analytics/svg.h"
#include "cli/terminal.h"

namespace quarentena::cli {
namespace {

using analytics::Chart;
using analytics::ChartData;
using analytics::ChartSeries;

constexpr std::size_t kMostBars = 40;
constexpr std::size_t kWidthElsewhere = 100;
/// Fills that differ without colour; colours come from the terminal's own palette.
constexpr const char* kFills[] = {"█", "▓", "▒", "░", "▚", "▤", "▥", "▦"};
constexpr int kPalette[] = {34, 33, 32, 31, 35, 36, 94, 37};

std::string colored(std::size_t series, const std::string& text) {
  if (!use_color(Stream::out)) return text;
  return fmt::format("\x1b[{}m{}\x1b[0m", kPalette[series % std::size(kPalette)], text);
}

std::string repeated(const char* mark, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += mark;
  return out;
}

/// One line, cut and filled up to `width` columns.
std::string cell(std::string text, std::size_t width) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  for (std::size_t most = width; display_width(text) > width && most > 1; --most)
    text = analytics::shortened(text, most);
  const auto used = display_width(text);
  return text + std::string(width > used ? width - used : 0, ' ');
}

class ChartText {
 public:
  ChartText(const Chart& chart, ChartData data, analytics::Language language)
      : chart_(chart), data_(std::move(data)), language_(language) {
    const auto columns = terminal_width(Stream::out);
    width_ = std::max<std::size_t>(40, columns > 0 ? columns : kWidthElsewhere);
  }

  std::string draw() {
    switch (chart_.kind) {
      case Chart::Kind::line:
        draw_lines();
        break;
      case Chart::Kind::bar:
        draw_bars();
        break;
      case Chart::Kind::stacked:
        draw_stacks();
        break;
      case Chart::Kind::heat:
        draw_heat();
        break;
      case Chart::Kind::none:
        break;
    }
    return std::move(out_);
  }

 private:
  std::string number(double value) const { return analytics::number_text(value, language_); }

  std::size_t names_width(std::size_t most) const {
    std::size_t widest = 1;
    for (const auto& series : data_.series) widest = std::max(widest, display_width(series.name));
    return std::min(widest, most);
  }

  /// Of eighths of a column, so that small differences show.
  std::string bar(double share, std::size_t room) const {
    static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const auto eighths = static_cast<std::size_t>(
        std::lround(std::clamp(share, 0., 1.) * static_cast<double>(room) * 8));
    return repeated("█", eighths / 8) + kEighths[eighths % 8];
  }

  void draw_bars() {
    const double most = std::max(data_.highest, 1e-9);
    std::size_t label = 1, drawn = 0, all = 0;
    std::vector<std::string> names;
    for (std::size_t x = 0; x < data_.xs.size(); ++x)
      for (const auto& series : data_.series)
        if (series.values[x]) {
          names.push_back(series.name.empty() ? data_.xs[x] : data_.xs[x] + " · " + series.name);
          label = std::max(label, display_width(names.back()));
        }
    label = std::min(label, width_ / 3);
    const auto room = width_ - label - 16;
    for (std::size_t x = 0; x < data_.xs.size(); ++x)
      for (std::size_t s = 0; s < data_.series.size(); ++s) {
        const auto& value = data_.series[s].values[x];
        if (!value || ++all > kMostBars) continue;
        out_ += fmt::format("{} {} {}\n", cell(names[drawn++], label),
                            colored(s, bar(*value / most, room)), number(*value));
      }
    if (all > drawn) out_ += fmt::format("… + {}\n", all - drawn);
  }

  void draw_stacks() {
    std::vector<double> sums;
    for (std::size_t x = 0; x < data_.xs.size(); ++x) {
      double sum = 0;
      for (const auto& series : data_.series) sum += std::max(0., series.values[x].value_or(0));
      sums.push_back(sum);
    }
    const double most = std::max(*std::max_element(sums.begin(), sums.end()), 1e-9);
    const auto label = std::min(widest_x(), width_ / 3);
    const auto room = static_cast<double>(width_ - label - 16);
    for (std::size_t x = 0; x < data_.xs.size(); ++x) {
      std::string line;
      double sum = 0;
      std::size_t end = 0;
      for (std::size_t s = 0; s < data_.series.size(); ++s) {
        sum += std::max(0., data_.series[s].values[x].value_or(0));
        const auto until = static_cast<std::size_t>(std::lround(sum / most * room));
        line += colored(s, repeated(fill(s), until - end));
        end = until;
      }
      out_ += fmt::format("{} {} {}\n", cell(data_.xs[x], label), line, number(sum));
    }
    out_ += std::string(label + 1, ' ');
    for (std::size_t s = 0; s < data_.series.size(); ++s)
      out_ += colored(s, fill(s)) + " " + data_.series[s].name + "  ";
    out_ += "\n";
  }
  static const char* fill(std::size_t series) {
    return use_color(Stream::out) ? "█" : kFills[series % std::size(kFills)];
  }
  std::size_t widest_x() const {
    std::size_t widest = 1;
    for (const auto& x : data_.xs) widest = std::max(widest, display_width(x));
    return widest;
  }

  /// A line for each series, in a scale of its own, which the numbers behind it tell.
  void draw_lines() {
    const auto label = names_width(20);
    const auto room = std::max<std::size_t>(10, width_ - label - 30);
    for (std::size_t s = 0; s < data_.series.size(); ++s) {
      const auto points = fitted(data_.series[s], room);
      double lowest = HUGE_VAL, highest = -HUGE_VAL;
      for (const auto& value : data_.series[s].values)
        if (value) {
          lowest = std::min(lowest, *value);
          highest = std::max(highest, *value);
        }
      if (lowest > highest) continue;
      out_ +=
          fmt::format("{} {}  {} … {}\n", cell(data_.series[s].name, label),
                      colored(s, sparks(points, lowest, highest)), number(lowest), number(highest));
    }
    if (data_.xs.size() > 1)
      out_ +=
          fmt::format("{} {} … {}\n", std::string(label, ' '), data_.xs.front(), data_.xs.back());
  }

  /// Neighbours are averaged while there are more points than columns.
  static std::vector<std::optional<double>> fitted(const ChartSeries& series, std::size_t room) {
    const auto size = series.values.size(), columns = std::min(size, room);
    std::vector<std::optional<double>> out(columns);
    for (std::size_t c = 0; c < columns; ++c) {
      double sum = 0, count = 0;
      for (auto at = c * size / columns; at < (c + 1) * size / columns; ++at)
        if (series.values[at]) {
          sum += *series.values[at];
          ++count;
        }
      if (count > 0) out[c] = sum / count;
    }
    return out;
  }

  static std::string sparks(const std::vector<std::optional<double>>& points, double lowest,
                            double highest) {
    static constexpr const char* kLevels[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    std::string out;
    for (const auto& point : points) {
      const double share =
          !point || highest == lowest ? 0.5 : (*point - lowest) / (highest - lowest);
      out += point ? kLevels[std::min<std::size_t>(7, static_cast<std::size_t>(share * 8))] : " ";
    }
    return out;
  }

  /// Numbers where they fit, else shades alone; the last columns, when not even those do.
  void draw_heat() {
    const auto label = names_width(20), columns = data_.xs.size();
    const auto room = width_ - label - 1;
    std::size_t widest = widest_x();
    for (const auto& series : data_.series)
      for (const auto& value : series.values)
        if (value) widest = std::max(widest, display_width(number(*value)) + 1);
    const bool numbers = (widest + 2) * columns <= room;
    const auto width = numbers ? widest + 2 : std::clamp<std::size_t>(room / columns, 1, 3);
    const auto first = columns - std::min(columns, room / width);
    if (numbers) draw_heads(label, width);
    for (std::size_t s = 0; s < data_.series.size(); ++s) {
      out_ += cell(data_.series[s].name, label) + " ";
      for (std::size_t x = first; x < columns; ++x)
        out_ += heat_cell(data_.series[s].values[x], width, numbers);
      out_ += "\n";
    }
    if (!numbers)
      out_ += fmt::format("{} {} … {}   ░ … █ {} … {}\n", std::string(label, ' '), data_.xs[first],
                          data_.xs.back(), number(data_.lowest), number(data_.highest));
  }

  void draw_heads(std::size_t label, std::size_t width) {
    out_ += std::string(label + 1, ' ');
    for (const auto& x : data_.xs)
      out_ += std::string(width - std::min(width, display_width(x)), ' ') + x;
    out_ += "\n";
  }

  std::string heat_cell(const std::optional<double>& value, std::size_t width, bool numbers) const {
    static constexpr const char* kShades[] = {"·", "░", "▒", "▓", "█"};
    if (!value) return std::string(width, ' ');
    const double share = data_.highest > 0 ? std::max(0., *value) / data_.highest : 0;
    const auto shade = kShades[*value <= 0 ? 0 : 1 + std::min(3, static_cast<int>(share * 4))];
    if (!numbers)
      return colored(0, repeated(shade, width > 2 ? width - 1 : 1)) +
             std::string(width > 2 ? 1 : width - 1, ' ');
    const auto text = number(*value);
    return std::string(width - 1 - display_width(text), ' ') + text + colored(0, shade);
  }

  const Chart& chart_;
  ChartData data_;
  analytics::Language language_;
  std::size_t width_;
  std::string out_;
};

}  // namespace

std::string chart_text(const analytics::Analysis& analysis, const analytics::Table& table,
                       analytics::Language language) {
  if (analysis.chart.kind == Chart::Kind::none || table.rows.empty()) return {};
  return ChartText(analysis.chart, analytics::chart_data(analysis.chart, table), language).draw();
}

}  // namespace quarentena::cli
