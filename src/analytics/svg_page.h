#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

/// Internal to src/analytics.
namespace quarentena::analytics {

/// Text for XML: what has a meaning there is written as an entity, control characters as blanks.
std::string xml_text(std::string_view text);

enum class Anchor { start, middle, end };

struct Box {
  double x = 0, y = 0, width = 0, height = 0;
  double right() const { return x + width; }
  double bottom() const { return y + height; }
};

/// The marks of one drawing, in pixels. Texts are escaped here and nowhere else.
class SvgPage {
 public:
  void text(double x, double y, const std::string& text, const char* look, Anchor anchor);
  /// `tip` is told on hovering; `opacity` from 0 to 1.
  void rectangle(const Box& box, const std::string& look, const std::string& tip,
                 double opacity = 1);
  void dot(double x, double y, const std::string& look, const std::string& tip);
  void line(double x1, double y1, double x2, double y2, const char* look);
  /// Points as `M 1 2 L 3 4`.
  void path(const std::string& points, const std::string& look);

  struct Head {
    std::string id, title, description;
    double width = 0, height = 0;
  };
  std::string finished(const Head& head) const;

 private:
  std::string marks_;
};

}  // namespace quarentena::analytics
