#include "analytics/svg.h"

#include <algorithm>
#include <cmath>

#include "analytics/chart.h"
#include "analytics/svg_page.h"

namespace quarentena::analytics {
namespace {

constexpr double kWidth = 860, kPlotHeight = 280, kMargin = 24, kTop = 64, kRow = 26;
constexpr std::size_t kMostBars = 40;
constexpr std::size_t kColors = 8;

std::string fill(std::size_t series) { return "f" + std::to_string(series % kColors); }
std::string stroke(std::size_t series) { return "l" + std::to_string(series % kColors); }

/// Steps of 1, 2 or 5 that part `span` into five at most.
double nice_step(double span) {
  const double rough = span / 5, power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1., 2., 5.})
    if (factor * power >= rough) return factor * power;
  return 10 * power;
}

class SvgChart {
 public:
  SvgChart(const Analysis& analysis, ChartData data, Language language)
      : analysis_(analysis), data_(std::move(data)), language_(language) {}

  std::string draw() {
    page_.text(kMargin, 32, analysis_.title.in(language_), "head", Anchor::start);
    double bottom = kTop;
    if (data_.xs.empty())
      page_.text(kMargin, kTop, language_ == Language::pt ? "nenhuma linha" : "no rows", "strong",
                 Anchor::start);
    else
      bottom = draw_data();
    return page_.finished({"analise-" + analysis_.name, analysis_.title.in(language_),
                           analysis_.description.in(language_), kWidth, bottom + kMargin});
  }

 private:
  double draw_data() {
    switch (analysis_.chart.kind) {
      case Chart::Kind::line:
        return draw_lines();
      case Chart::Kind::stacked:
        return draw_stacks();
      case Chart::Kind::heat:
        return draw_heat();
      default:
        return draw_bars();
    }
  }

  std::string number(double value) const { return number_text(value, language_); }
  std::string tip(std::size_t series, std::size_t x, double value) const {
    const auto& name = data_.series[series].name;
    return name.empty() ? fmt::format("{}: {}", data_.xs[x], number(value))
                        : fmt::format("{}, {}: {}", name, data_.xs[x], number(value));
  }

  double plot_top() {
    if (data_.series.size() < 2) return kTop;
    double x = kMargin, y = kTop - 8;
    for (std::size_t i = 0; i < data_.series.size(); ++i) {
      const auto name = shortened(data_.series[i].name, 24);
      const double width = 30 + 7 * static_cast<double>(name.size());
      if (x + width > kWidth - kMargin) {
        x = kMargin;
        y += 20;
      }
      page_.rectangle({x, y - 10, 12, 12}, fill(i), "");
      page_.text(x + 18, y, name, "strong", Anchor::start);
      x += width;
    }
    return y + 24;
  }

  /// The grid, its numbers and the names below it; what lies between is the plot.
  Box axes(double lowest, double highest) {
    const Box plot{kMargin + 64, plot_top(), kWidth - 2 * kMargin - 64, kPlotHeight};
    lowest_ = lowest;
    highest_ = highest > lowest ? highest : lowest + 1;
    const double step = nice_step(highest_ - lowest_);
    highest_ = std::ceil(highest_ / step) * step;
    lowest_ = std::floor(lowest_ / step) * step;
    for (double at = lowest_; at <= highest_ + step / 2; at += step) {
      const double y = height_of(plot, at);
      page_.line(plot.x, y, plot.right(), y, "grid");
      page_.text(plot.x - 8, y + 4, number(at), "", Anchor::end);
    }
    const auto every = 1 + (data_.xs.size() - 1) / 9;
    for (std::size_t x = 0; x < data_.xs.size(); x += every)
      page_.text(middle(plot, x), plot.bottom() + 20, shortened(data_.xs[x], 12), "",
                 Anchor::middle);
    return plot;
  }
  double slot(const Box& plot) const { return plot.width / static_cast<double>(data_.xs.size()); }
  double middle(const Box& plot, std::size_t x) const {
    return plot.x + slot(plot) * (static_cast<double>(x) + 0.5);
  }
  double height_of(const Box& plot, double value) const {
    return plot.bottom() - (value - lowest_) / (highest_ - lowest_) * plot.height;
  }

  double draw_lines() {
    const auto plot = axes(data_.lowest, data_.highest);
    for (std::size_t s = 0; s < data_.series.size(); ++s) {
      std::string points;
      bool drawing = false;
      for (std::size_t x = 0; x < data_.xs.size(); ++x) {
        const auto& value = data_.series[s].values[x];
        if (value)
          points += fmt::format("{}{:.1f} {:.1f} ", drawing ? "L" : "M", middle(plot, x),
                                height_of(plot, *value));
        drawing = value.has_value();
      }
      page_.path(points, stroke(s));
      for (std::size_t x = 0; x < data_.xs.size(); ++x)
        if (const auto& value = data_.series[s].values[x])
          page_.dot(middle(plot, x), height_of(plot, *value), fill(s), tip(s, x, *value));
    }
    return plot.bottom() + 24;
  }

  double draw_stacks() {
    double highest = 0;
    for (std::size_t x = 0; x < data_.xs.size(); ++x) {
      double sum = 0;
      for (const auto& series : data_.series) sum += std::max(0., series.values[x].value_or(0));
      highest = std::max(highest, sum);
    }
    const auto plot = axes(0, highest);
    const double width = std::min(48., slot(plot) * 0.8);
    for (std::size_t x = 0; x < data_.xs.size(); ++x) {
      double sum = 0;
      for (std::size_t s = 0; s < data_.series.size(); ++s) {
        const double value = std::max(0., data_.series[s].values[x].value_or(0));
        if (value == 0) continue;
        const double top = height_of(plot, sum + value);
        page_.rectangle({middle(plot, x) - width / 2, top, width, height_of(plot, sum) - top},
                        fill(s), tip(s, x, value));
        sum += value;
      }
    }
    return plot.bottom() + 24;
  }

  /// A bar for each x and series, in the rows' order.
  double draw_bars() {
    double y = plot_top();
    const double left = kMargin + 230, room = kWidth - left - kMargin - 90;
    const double most = std::max({data_.highest, -data_.lowest, 1e-9});
    std::size_t drawn = 0, all = 0;
    for (std::size_t x = 0; x < data_.xs.size(); ++x)
      for (std::size_t s = 0; s < data_.series.size(); ++s) {
        const auto& value = data_.series[s].values[x];
        if (!value || ++all > kMostBars) continue;
        ++drawn;
        page_.text(left - 8, y + 16, shortened(data_.xs[x], 32), "strong", Anchor::end);
        const double width = std::abs(*value) / most * room;
        page_.rectangle({left, y + 3, width, kRow - 8}, fill(s), tip(s, x, *value));
        page_.text(left + width + 6, y + 16, number(*value), "", Anchor::start);
        y += kRow;
      }
    if (all > drawn) page_.text(left, y + 16, fmt::format("+ {}", all - drawn), "", Anchor::start);
    return y + (all > drawn ? kRow : 0);
  }

  double draw_heat() {
    const double left = kMargin + 150, width = (kWidth - left - kMargin) / cells();
    const double most = std::max(data_.highest, 1e-9);
    double y = kTop;
    for (std::size_t s = 0; s < data_.series.size(); ++s, y += kRow) {
      page_.text(left - 8, y + 17, shortened(data_.series[s].name, 20), "strong", Anchor::end);
      for (std::size_t x = 0; x < data_.xs.size(); ++x) {
        const auto& value = data_.series[s].values[x];
        if (!value) continue;
        const Box cell{left + width * static_cast<double>(x) + 1, y + 1, width - 2, kRow - 2};
        const double share = std::max(0., *value) / most;
        page_.rectangle(cell, fill(0), tip(s, x, *value), 0.08 + 0.72 * share);
        if (width >= 44)
          page_.text(cell.x + cell.width / 2, y + 17, number(*value), "strong", Anchor::middle);
      }
    }
    const auto every = 1 + static_cast<std::size_t>(80 / width);
    for (std::size_t x = 0; x < data_.xs.size(); x += every)
      page_.text(left + width * (static_cast<double>(x) + 0.5), y + 16, shortened(data_.xs[x], 12),
                 "", Anchor::middle);
    return y + 20;
  }
  double cells() const { return static_cast<double>(std::max<std::size_t>(1, data_.xs.size())); }

  const Analysis& analysis_;
  ChartData data_;
  Language language_;
  SvgPage page_;
  double lowest_ = 0, highest_ = 1;
};

}  // namespace

std::string svg_chart(const Analysis& analysis, const Outcome& outcome, Language language) {
  if (analysis.chart.kind == Chart::Kind::none) return {};
  return SvgChart(analysis, chart_data(analysis.chart, outcome.table), language).draw();
}

std::string number_text(double value, Language language) {
  auto text = fmt::format("{:.1f}", value);
  const auto point = text.size() - 2;
  if (language == Language::pt) text[point] = ',';
  if (text.ends_with('0')) text.resize(point);
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  for (auto at = std::min(point, text.size()); at > first + 3;) {
    at -= 3;
    text.insert(at, language == Language::pt ? "." : ",");
  }
  return text;
}

std::string shortened(const std::string& utf8, std::size_t most) {
  std::size_t characters = 0, cut = 0;
  for (std::size_t at = 0; at < utf8.size(); ++at) {
    if ((static_cast<unsigned char>(utf8[at]) & 0xC0U) == 0x80U) continue;
    if (++characters == most) cut = at;
  }
  return characters <= most ? utf8 : utf8.substr(0, cut) + "…";
}

}  // namespace quarentena::analytics
