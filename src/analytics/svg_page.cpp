#include "analytics/svg_page.h"

namespace quarentena::analytics {
namespace {

/// Eight colours that stay apart for who sees fewer of them (Okabe and Ito), lighter in the dark.
constexpr const char* kStyle = R"(
svg{color-scheme:light dark;--page:#fff;--ink:#1f2933;--soft:#616e7c;--grid:#e4e7eb;
--c0:#0072b2;--c1:#e69f00;--c2:#009e73;--c3:#d55e00;--c4:#8f5a86;--c5:#3f9bd6;--c6:#8a7f00;--c7:#6b7280}
@media(prefers-color-scheme:dark){svg{--page:#12181f;--ink:#e4e7eb;--soft:#9aa5b1;--grid:#2b3540;
--c0:#4aa8e0;--c1:#f0b93a;--c2:#35c79a;--c3:#f0824a;--c4:#d193c4;--c5:#86c9f4;--c6:#d6cb3c;--c7:#a3adba}}
text{font:12px system-ui,sans-serif;fill:var(--soft)}.head{font-size:17px;font-weight:600;fill:var(--ink)}
.strong{fill:var(--ink)}.grid{stroke:var(--grid)}.page{fill:var(--page)}path{fill:none;stroke-width:2}
)";
constexpr int kColors = 8;

const char* name(Anchor anchor) {
  switch (anchor) {
    case Anchor::start:
      return "start";
    case Anchor::middle:
      return "middle";
    case Anchor::end:
      break;
  }
  return "end";
}

std::string tip_in(const std::string& tip) {
  return tip.empty() ? std::string() : fmt::format("<title>{}</title>", xml_text(tip));
}

}  // namespace

std::string xml_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

void SvgPage::text(double x, double y, const std::string& text, const char* look, Anchor anchor) {
  marks_ +=
      fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\" text-anchor=\"{}\">{}</text>\n", x,
                  y, look, name(anchor), xml_text(text));
}

void SvgPage::rectangle(const Box& box, const std::string& look, const std::string& tip,
                        double opacity) {
  marks_ += fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"{}\" "
      "fill-opacity=\"{:.3f}\">{}</rect>\n",
      box.x, box.y, box.width, box.height, look, opacity, tip_in(tip));
}

void SvgPage::dot(double x, double y, const std::string& look, const std::string& tip) {
  marks_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" class=\"{}\">{}</circle>\n", x,
                        y, look, tip_in(tip));
}

void SvgPage::line(double x1, double y1, double x2, double y2, const char* look) {
  marks_ +=
      fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n",
                  x1, y1, x2, y2, look);
}

void SvgPage::path(const std::string& points, const std::string& look) {
  marks_ += fmt::format("<path d=\"{}\" class=\"{}\"/>\n", points, look);
}

std::string SvgPage::finished(const Head& head) const {
  std::string colors;
  for (int i = 0; i < kColors; ++i)
    colors += fmt::format(".f{0}{{fill:var(--c{0})}}.l{0}{{stroke:var(--c{0})}}", i);
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\" role=\"img\" aria-labelledby=\"{2}-title {2}-desc\">\n"
      "<title id=\"{2}-title\">{3}</title>\n<desc id=\"{2}-desc\">{4}</desc>\n"
      "<style>{5}{6}</style>\n<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n{7}</svg>\n",
      head.width, head.height, xml_text(head.id), xml_text(head.title), xml_text(head.description),
      kStyle, colors, marks_);
}

}  // namespace quarentena::analytics
