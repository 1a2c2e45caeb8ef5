#include "config/document.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>

namespace quarentena::yaml {
namespace {

/// Columns of yaml-cpp count bytes; ours count characters.
class Columns {
 public:
  explicit Columns(std::string_view text) {
    for (std::size_t start = 0; start <= text.size();) {
      const std::size_t end = std::min(text.find('\n', start), text.size());
      lines_.push_back(text.substr(start, end - start));
      start = end + 1;
    }
  }
  Position position(const YAML::Mark& mark) const {
    if (mark.is_null()) return {};
    const auto line = static_cast<std::size_t>(std::max(mark.line, 0));
    int column = 1;
    if (line < lines_.size()) {
      const auto bytes =
          std::min(static_cast<std::size_t>(std::max(mark.column, 0)), lines_[line].size());
      for (std::size_t i = 0; i < bytes; ++i) {
        column += (static_cast<unsigned char>(lines_[line][i]) & 0xC0U) != 0x80U;
      }
    }
    return {mark.line + 1, column};
  }

 private:
  std::vector<std::string_view> lines_;
};

bool all_digits(std::string_view text, std::string_view digits) {
  return !text.empty() && text.find_first_not_of(digits) == std::string_view::npos;
}

bool is_integer(std::string_view text) {
  if (text.starts_with("0x")) return all_digits(text.substr(2), "0123456789abcdefABCDEF");
  if (text.starts_with("0o")) return all_digits(text.substr(2), "01234567");
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return all_digits(text, "0123456789");
}

bool is_real(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  if (text == ".inf" || text == ".Inf" || text == ".INF" || text == ".nan" || text == ".NaN") {
    return true;
  }
  const std::size_t exponent = text.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    std::string_view power = text.substr(exponent + 1);
    if (!power.empty() && (power[0] == '-' || power[0] == '+')) power.remove_prefix(1);
    if (!all_digits(power, "0123456789")) return false;
    text = text.substr(0, exponent);
  }
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return all_digits(text, "0123456789");
  std::string digits(text.substr(0, dot));
  digits += text.substr(dot + 1);
  return all_digits(digits, "0123456789");
}

Node::Kind kind_of_plain(const std::string& text) {
  for (const char* word : {"true", "True", "TRUE", "false", "False", "FALSE"}) {
    if (text == word) return Node::Kind::boolean;
  }
  if (is_integer(text)) return Node::Kind::integer;
  return is_real(text) ? Node::Kind::real : Node::Kind::text;
}

struct TooMuch {
  Position at;
  std::string message;
};

/// Builds the tree from yaml-cpp's events: its own Node loses duplicate keys' positions and its
/// aliases can make a tree of exponential size.
class Builder : public YAML::EventHandler {
 public:
  Builder(const Columns& columns, std::vector<Problem>& problems)
      : columns_(columns), problems_(problems) {}

  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.at = columns_.position(mark);
    scalar(std::move(node), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node;
    node.at = columns_.position(mark);
    node.scalar = value;
    node.kind = tag == "?" ? kind_of_plain(value) : Node::Kind::text;
    scalar(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    const Position at = columns_.position(mark);
    if (found == anchors_.end()) throw TooMuch{at, "an alias inside the value it stands for"};
    count(found->second);
    add(Node(found->second), at);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::list, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::map, mark, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    std::optional<Node> key;
    std::map<std::string, int> first_lines;
  };

  void open(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    Open next;
    next.node.kind = kind;
    next.node.at = columns_.position(mark);
    next.anchor = anchor;
    if (static_cast<int>(stack_.size()) >= kMaxDepth) {
      throw TooMuch{next.node.at, fmt::format("nested more than {} levels deep", kMaxDepth)};
    }
    stack_.push_back(std::move(next));
  }

  void scalar(Node node, YAML::anchor_t anchor) {
    keep(anchor, node);
    const Position at = node.at;
    add(std::move(node), at);
  }

  void close() {
    Open done = std::move(stack_.back());
    stack_.pop_back();
    keep(done.anchor, done.node);
    const Position at = done.node.at;
    add(std::move(done.node), at);
  }

  void keep(YAML::anchor_t anchor, const Node& node) {
    if (anchor == 0) return;
    count(node);
    anchors_[anchor] = node;
  }

  /// Copies count too: anchors inside anchors would else hold a small file many times over.
  void count(const Node& node) {
    nodes_ += node.size;
    if (nodes_ > kMaxNodes) throw TooMuch{node.at, fmt::format("more than {} values", kMaxNodes)};
  }

  void add(Node node, Position at) {
    if (node.items.empty() && node.entries.empty()) count(node);
    if (static_cast<int>(stack_.size()) + node.height > kMaxDepth) {
      throw TooMuch{at, fmt::format("nested more than {} levels deep", kMaxDepth)};
    }
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& top = stack_.back();
    if (top.node.kind == Node::Kind::map && !top.key) {
      top.key = std::move(node);
      return;
    }
    top.node.size += node.size;
    top.node.height = std::max(top.node.height, node.height + 1);
    if (top.node.kind == Node::Kind::list) {
      top.node.items.push_back(std::move(node));
      return;
    }
    add_entry(top, std::move(node));
  }

  void add_entry(Open& map, Node value) {
    Node key = std::move(*map.key);
    map.key.reset();
    if (!key.items.empty() || !key.entries.empty() || key.scalar.empty()) {
      problems_.push_back({key.at, "a key must be text", "", ""});
      return;
    }
    if (key.scalar == "<<") {
      problems_.push_back({key.at, "merge keys (<<) are not read",
                           "use an alias for a whole value: auth: *graph", ""});
      return;
    }
    const auto [first, fresh] = map.first_lines.emplace(key.scalar, key.at.line);
    if (!fresh) {
      problems_.push_back({key.at,
                           fmt::format("the key {} is written twice, first on line {}",
                                       in_quotes(key.scalar), first->second),
                           "keep one of them, or rename it", ""});
      return;
    }
    map.node.entries.push_back({std::move(key.scalar), key.at, std::move(value)});
  }

  const Columns& columns_;
  std::vector<Problem>& problems_;
  std::vector<Open> stack_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t nodes_ = 0;
  Node root_;
};

Problem syntax_problem(Position at, const std::string& message) {
  // yaml-cpp adds the name of an unknown anchor, which may be a password that begins with '*'.
  if (message.starts_with("the referenced anchor")) {
    return {at, "this alias (*name) stands for nothing",
            "put quotes around a value that begins with * or &", ""};
  }
  return {at, "this is not valid YAML: " + message,
          "check the indentation (spaces, not tabs), quotes and brackets here", ""};
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

std::optional<Node> parse(std::string_view text, std::vector<Problem>& problems) {
  const Columns columns(text);
  Builder builder(columns, problems);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    if (!parser.HandleNextDocument(builder)) return Node{};
    Node root = builder.take();
    Builder ignored(columns, problems);
    if (parser.HandleNextDocument(ignored)) {
      const Node second = ignored.take();
      problems.push_back({second.at, "a second YAML document starts here",
                          "keep one document in the file: remove the line '---'", ""});
    }
    return root;
  } catch (const YAML::Exception& error) {
    problems.push_back(syntax_problem(columns.position(error.mark), error.msg));
  } catch (const TooMuch& error) {
    problems.push_back({error.at, error.message, "a configuration is small: simplify it", ""});
  }
  return std::nullopt;
}

const Node* child(const Node& map, std::string_view key, Node::Kind kind) {
  const Node* node = map.find(key);
  return node != nullptr && node->kind == kind ? node : nullptr;
}

std::optional<std::int64_t> integer(const Node& map, std::string_view key) {
  const Node* node = child(map, key, Node::Kind::integer);
  if (node == nullptr || node->scalar.size() > 18) return std::nullopt;
  return std::strtoll(node->scalar.c_str(), nullptr, 10);
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::nothing:
      return "nothing";
    case Node::Kind::text:
      return "the text " + in_quotes(node.scalar);
    case Node::Kind::integer:
    case Node::Kind::real:
      return "the number " + in_quotes(node.scalar);
    case Node::Kind::boolean:
      return in_quotes(node.scalar);
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a map";
  }
  return "something else";
}

}  // namespace quarentena::yaml
