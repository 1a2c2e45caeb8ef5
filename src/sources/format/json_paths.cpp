#include "sources/format/json_paths.h"

namespace quarentena {

JsonPaths::JsonPaths(const std::vector<std::string>& paths) : nodes_(1) {
  for (std::size_t column = 0; column < paths.size(); ++column) {
    std::string_view rest = paths[column];
    for (std::size_t node = 0;;) {
      nodes_[node].columns.push_back(column);
      nodes_[node].edges[edge(node, rest)].column = column;
      const std::size_t dot = rest.find('.');
      if (dot == std::string_view::npos) break;
      const std::size_t step = edge(node, rest.substr(0, dot));
      if (nodes_[node].edges[step].child == kNone) {
        nodes_[node].edges[step].child = nodes_.size();
        nodes_.emplace_back();
      }
      node = nodes_[node].edges[step].child;
      rest.remove_prefix(dot + 1);
    }
  }
}

std::size_t JsonPaths::edge(std::size_t node, std::string_view key) {
  const std::size_t found = find(node, key);
  if (found != kNone) return found;
  nodes_[node].edges.push_back({std::string(key), kNone, kNone});
  return nodes_[node].edges.size() - 1;
}

std::size_t JsonPaths::find(std::size_t node, std::string_view key) const {
  const auto& edges = nodes_[node].edges;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (edges[i].key == key) return i;
  }
  return kNone;
}

}  // namespace quarentena
