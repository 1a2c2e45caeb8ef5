#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/plan.h"
#include "config/problem.h"

/// YAML as a tree that keeps where every key and value stands. Only this folder sees it.
namespace quarentena::yaml {

inline constexpr std::size_t kMaxBytes = 1 << 20;
/// Aliases are copied, so these two bound what a small file can grow into.
inline constexpr std::size_t kMaxNodes = 50'000;
inline constexpr int kMaxDepth = 64;

struct Entry;

/// Plain scalars are typed as YAML 1.2's core schema says; quoted ones are always text.
struct Node {
  enum class Kind { nothing, text, integer, real, boolean, list, map };
  Kind kind = Kind::nothing;
  Position at;
  std::string scalar;
  std::vector<Node> items;
  std::vector<Entry> entries;  ///< in the file's order, keys unique
  int height = 0;              ///< 0 for a scalar
  std::size_t size = 1;        ///< nodes in this tree, itself included

  const Node* find(std::string_view key) const;
};

struct Entry {
  std::string key;
  Position at;
  Node value;
};

/// Empty text gives a `nothing` root. What cannot be read (syntax, a second document, too deep) and
/// what YAML would silently drop (a key written twice) goes to `problems`. A syntax error gives
/// nullopt: nothing below it can be trusted.
std::optional<Node> parse(std::string_view text, std::vector<Problem>& problems);

/// The child when it has this kind, else null: after check_keys() it is absent, or reported
/// already.
const Node* child(const Node& map, std::string_view key, Node::Kind kind);
std::optional<std::int64_t> integer(const Node& map, std::string_view key);

/// "text 'abc'", "the number 12", "a list", "nothing".
std::string describe(const Node& node);

}  // namespace quarentena::yaml
