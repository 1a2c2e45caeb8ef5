#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace quarentena {

/// The wanted dotted paths as a tree: one node for each object that is looked into. A key that
/// holds the dots itself (`{"contatos.email": ...}`) is found, too.
class JsonPaths {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  struct Edge {
    std::string key;
    std::size_t child = kNone;   ///< the node below, when a path goes on
    std::size_t column = kNone;  ///< the column that a path ends in
  };
  struct Node {
    std::vector<Edge> edges;
    std::vector<std::size_t> columns;  ///< all those that end at or below this node
  };

  explicit JsonPaths(const std::vector<std::string>& paths);

  const Node& node(std::size_t index) const { return nodes_[index]; }
  /// The edge's index in its node; kNone when nobody wants the key.
  std::size_t find(std::size_t node, std::string_view key) const;

 private:
  std::size_t edge(std::size_t node, std::string_view key);

  std::vector<Node> nodes_;
};

}  // namespace quarentena
