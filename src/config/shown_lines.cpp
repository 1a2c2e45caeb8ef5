#include "config/shown_lines.h"

#include <algorithm>
#include <array>
#include <string>

namespace quarentena {
namespace {

using yaml::Entry;
using yaml::Node;

/// Keys whose values are secrets, or hold some.
constexpr std::array<std::string_view, 3> kSecretMaps = {"auth", "webhook", "headers"};

bool holds_secrets(std::string_view key) {
  return std::find(kSecretMaps.begin(), kSecretMaps.end(), key) != kSecretMaps.end();
}

struct Mark {
  Position at;
  bool secret;
};

void collect(const Node& node, bool secret, std::vector<Mark>& marks) {
  if (node.at.line > 0) marks.push_back({node.at, secret});
  for (const Node& item : node.items) collect(item, secret, marks);
  for (const Entry& entry : node.entries) {
    const bool inside = secret || holds_secrets(entry.key);
    marks.push_back({entry.at, inside});
    collect(entry.value, inside, marks);
  }
}

std::size_t indentation(std::string_view line) {
  return std::min(line.find_first_not_of(" \t"), line.size());
}

/// What the text alone says: below a line that opens one of these, until the indentation is back
/// and what was opened is closed.
std::vector<bool> below_secret_maps(const std::vector<std::string_view>& lines) {
  std::vector<bool> hidden(lines.size(), false);
  bool inside = false;
  std::size_t indent = 0;
  int open = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = lines[i];
    const bool blank = indentation(line) == line.size();
    if (inside && !blank && indentation(line) <= indent && open <= 0) inside = false;
    const bool opens = std::any_of(kSecretMaps.begin(), kSecretMaps.end(), [&](auto key) {
      return line.find(key) != std::string_view::npos;
    });
    if (!inside && opens) {
      inside = true;
      indent = indentation(line);
      open = 0;
    }
    if (!inside) continue;
    hidden[i] = true;
    open += static_cast<int>(std::count(line.begin(), line.end(), '{'));
    open -= static_cast<int>(std::count(line.begin(), line.end(), '}'));
  }
  return hidden;
}

/// The line goes on with a value that began above it.
bool continues_secret(const std::vector<Mark>& marks, std::string_view line, int number) {
  const auto first = std::lower_bound(
      marks.begin(), marks.end(), Position{number, 0},
      [](const Mark& mark, const Position& position) { return mark.at < position; });
  const bool begins_here = first != marks.end() && first->at.line == number &&
                           static_cast<std::size_t>(first->at.column) == indentation(line) + 1;
  return !begins_here && first != marks.begin() && std::prev(first)->secret;
}

}  // namespace

void show_lines(std::string_view text, const Node* root, std::vector<Problem>& problems) {
  std::vector<std::string_view> lines;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  std::vector<Mark> marks;
  if (root != nullptr) collect(*root, false, marks);
  std::sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) { return a.at < b.at; });
  std::vector<bool> hidden = below_secret_maps(lines);
  for (const Mark& mark : marks) {
    if (mark.secret)
      hidden[std::min(static_cast<std::size_t>(mark.at.line), lines.size()) - 1] = true;
  }
  for (Problem& problem : problems) {
    if (problem.at.line < 1 || static_cast<std::size_t>(problem.at.line) > lines.size()) continue;
    const auto index = static_cast<std::size_t>(problem.at.line) - 1;
    std::string_view line = lines[index];
    if (hidden[index] || may_hold_secret(line)) continue;
    if (root != nullptr && continues_secret(marks, line, problem.at.line)) continue;
    if (line.ends_with('\r')) line.remove_suffix(1);
    problem.line = line;
  }
}

}  // namespace quarentena
