#include "config/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <regex>

#include "config/nearest.h"

namespace quarentena {
namespace {

using keys::Key;
using keys::Shape;
using yaml::Entry;
using yaml::Node;

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool has_control(std::string_view text, bool several_lines) {
  return std::any_of(text.begin(), text.end(), [&](char c) {
    if (several_lines && (c == '\n' || c == '\t' || c == '\r')) return false;
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
}

/// One printable ASCII character, or a tab.
bool is_separator(std::string_view text) {
  return text.size() == 1 && ((text[0] >= ' ' && text[0] <= '~') || text[0] == '\t');
}

bool holds(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::optional<std::int64_t> integer_of(const std::string& text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  // A leading zero is octal for some YAML readers: not worth guessing.
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::string expected(const Shape& shape) {
  switch (shape.is) {
    case Shape::Is::text:
    case Shape::Is::long_text:
      return "text";
    case Shape::Is::character:
      return shape.words.empty() ? "one character" : "one character or " + either({shape.words[0]});
    case Shape::Is::word:
      return either(shape.words);
    case Shape::Is::integer:
      if (shape.min == shape.max) return fmt::format("{}", shape.min);
      if (shape.max == INT64_MAX) return fmt::format("a whole number, {} or more", shape.min);
      return fmt::format("a whole number from {} to {}", shape.min, shape.max);
    case Shape::Is::percent:
      return fmt::format("a percentage from {}% to {}%", shape.min, shape.max);
    case Shape::Is::boolean:
      return "true or false";
    case Shape::Is::texts:
      return "a list of texts";
    case Shape::Is::map:
      return "a map";
    case Shape::Is::named_maps:
      return "a map of names";
    case Shape::Is::maps:
      return "a list of maps";
  }
  return "something else";
}

std::string expected(const std::vector<Shape>& shapes) {
  std::string out;
  for (const Shape& shape : shapes) {
    if (!out.empty()) out += ", or ";
    out += expected(shape);
  }
  return out;
}

/// A file with more problems than this is not a configuration with typing errors.
constexpr std::size_t kMostSuggestions = 100;

class Checker {
 public:
  explicit Checker(std::vector<Problem>& problems) : problems_(problems) {}

  void keys_of(const Node& map, const std::vector<Key>& known, Position owner,
               const std::string& where) {
    for (const Entry& entry : map.entries) {
      const Key* key = keys::find(known, entry.key);
      if (key == nullptr) {
        unknown(entry, known, where);
      } else {
        value_of(entry, *key);
      }
    }
    for (const Key& key : known) {
      if (key.required && map.find(key.name) == nullptr) {
        const std::string example = key.examples.empty() ? "..." : key.examples.front();
        add(owner, fmt::format("{} has no '{}'", where, key.name),
            fmt::format("add: {}: {}", key.name, example));
      }
    }
  }

 private:
  void value_of(const Entry& entry, const Key& key) {
    // Below `auth` and in any secret, a value never enters a message.
    const bool was_quiet = quiet_;
    quiet_ = quiet_ || key.secret || key.name == "auth";
    for (const Shape& shape : key.shapes) {
      if (matches(entry.value, shape)) {
        inside(entry, key, shape);
        quiet_ = was_quiet;
        return;
      }
    }
    mismatch(entry, key);
    quiet_ = was_quiet;
  }

  static bool matches(const Node& node, const Shape& shape) {
    switch (shape.is) {
      case Shape::Is::text:
      case Shape::Is::long_text:
        return node.kind == Node::Kind::text;
      case Shape::Is::character:
        return node.kind == Node::Kind::text &&
               (is_separator(node.scalar) || holds(shape.words, node.scalar));
      case Shape::Is::word:
        return node.kind == Node::Kind::text && holds(shape.words, node.scalar);
      case Shape::Is::integer: {
        if (node.kind != Node::Kind::integer) return false;
        const auto value = integer_of(node.scalar);
        return value && *value >= shape.min && *value <= shape.max;
      }
      case Shape::Is::percent: {
        const auto value = percent_of(node);
        return value && *value >= shape.min && *value <= shape.max;
      }
      case Shape::Is::boolean:
        return node.kind == Node::Kind::boolean;
      case Shape::Is::texts:
      case Shape::Is::maps:
        return node.kind == Node::Kind::list;
      case Shape::Is::map:
      case Shape::Is::named_maps:
        return node.kind == Node::Kind::map;
    }
    return false;
  }

  void inside(const Entry& entry, const Key& key, const Shape& shape) {
    switch (shape.is) {
      case Shape::Is::text:
      case Shape::Is::long_text:
        // A secret is either a reference or a problem of its own.
        if (!key.secret) text(entry.value, entry.key, shape.is == Shape::Is::long_text);
        break;
      case Shape::Is::texts:
        texts(entry);
        break;
      case Shape::Is::map:
        keys_of(entry.value, *shape.keys, entry.at, in_quotes(entry.key));
        counts(entry, shape);
        break;
      case Shape::Is::named_maps:
        named_maps(entry, key, shape);
        break;
      case Shape::Is::maps:
        maps(entry, shape);
        break;
      default:
        break;
    }
  }

  void text(const Node& node, const std::string& key, bool several_lines) {
    if (is_blank(node.scalar)) {
      add(node.at, fmt::format("'{}' is empty", key), "give a value, or remove the line");
    } else if (has_control(node.scalar, several_lines)) {
      add(node.at, fmt::format("'{}' holds a control character", key),
          several_lines ? "" : "write it on one line, without tabs");
    }
  }

  void texts(const Entry& entry) {
    if (entry.value.items.empty()) {
      add(entry.value.at, fmt::format("'{}' is an empty list", entry.key),
          "give a value, or remove the line");
    }
    for (const Node& item : entry.value.items) {
      if (item.kind == Node::Kind::text) {
        text(item, entry.key, false);
      } else {
        add(item.at, fmt::format("'{}' expects texts, found {}", entry.key, found(item)),
            quotes_hint(item));
      }
    }
  }

  void named_maps(const Entry& entry, const Key& key, const Shape& shape) {
    if (entry.value.entries.empty()) {
      add(entry.at, fmt::format("'{}' is empty", key.name),
          fmt::format("describe at least one {}", shape.each));
    }
    for (const Entry& each : entry.value.entries) {
      if (each.value.kind == Node::Kind::map) {
        keys_of(each.value, *shape.keys, each.at, shape.each + " " + in_quotes(each.key));
      } else {
        add(each.value.at,
            fmt::format("{} {} expects a map, found {}", shape.each, in_quotes(each.key),
                        found(each.value)),
            keys_below(shape));
      }
    }
  }

  void maps(const Entry& entry, const Shape& shape) {
    if (entry.value.items.empty()) {
      add(entry.value.at, fmt::format("'{}' is an empty list", entry.key),
          fmt::format("describe at least one {}, or remove the line", shape.each));
    }
    for (const Node& item : entry.value.items) {
      if (item.kind == Node::Kind::map) {
        keys_of(item, *shape.keys, item.at, fmt::format("an {}", shape.each));
      } else {
        add(item.at, fmt::format("'{}' expects maps, found {}", entry.key, found(item)),
            keys_below(shape));
      }
    }
  }

  static std::string keys_below(const Shape& shape) {
    const std::vector<Key>& known = *shape.keys;
    return fmt::format("write its keys ({}, {}, ...) on the lines below, indented", known[0].name,
                       known[1].name);
  }

  void counts(const Entry& entry, const Shape& shape) {
    const auto present = [&](const std::vector<std::string>& names) {
      return std::count_if(names.begin(), names.end(), [&](const std::string& name) {
        return entry.value.find(name) != nullptr;
      });
    };
    if (present(shape.at_most_one) > 1) {
      add(entry.at,
          fmt::format("'{}' takes at most one of {}", entry.key, either(shape.at_most_one)),
          "keep one of them");
    }
    if (shape.not_empty && entry.value.entries.empty()) {
      add(entry.at, fmt::format("'{}' says nothing", entry.key),
          "give a value, or remove the line");
    }
    if (!shape.exactly_one.empty() && present(shape.exactly_one) != 1) {
      add(entry.at,
          fmt::format("'{}' takes exactly one of {}, found {}", entry.key,
                      either(shape.exactly_one), present(shape.exactly_one)),
          "");
    }
  }

  void unknown(const Entry& entry, const std::vector<Key>& known, const std::string& where) {
    std::vector<std::string> names;
    for (const Key& key : known) {
      names.push_back(key.name);
      if (holds(key.also_called, entry.key)) {
        add(entry.at,
            fmt::format("unknown key {}; did you mean '{}'?", in_quotes(entry.key), key.name), "");
        return;
      }
    }
    std::string suggestion, hint;
    if (problems_.size() < kMostSuggestions) suggestion = did_you_mean(entry.key, names);
    if (suggestion.empty()) hint = place_of(entry.key);
    if (suggestion.empty() && hint.empty()) {
      hint = names.empty() ? fmt::format("{} has no options", where)
                           : fmt::format("{} takes {}", where, either(names));
    }
    add(entry.at, fmt::format("unknown key {}{}", in_quotes(entry.key), suggestion), hint);
  }

  /// Where a key that is out of place belongs; empty when no place knows it.
  static std::string place_of(const std::string& name) {
    static const std::vector<std::pair<const std::vector<Key>*, const char*>> places{
        {&keys::source(), "belongs to a source, below its name"},
        {&keys::columns(), "belongs under `columns`"},
        {&keys::csv(), "belongs under `format: { csv: ... }`"},
        {&keys::xlsx(), "belongs under `format: { xlsx: ... }`"},
        {&keys::auth(), "belongs under `auth`"},
        {&keys::freshness(), "belongs under `freshness` of a source"},
        {&keys::volume(), "belongs under `volume` of a source"},
        {&keys::release_brake(), "belongs under `release_brake`"},
        {&keys::root(), "belongs to the file itself, not below another key"},
    };
    for (const auto& [known, place] : places) {
      if (keys::find(*known, name) != nullptr) return fmt::format("'{}' {}", name, place);
    }
    return {};
  }

  void mismatch(const Entry& entry, const Key& key) {
    std::vector<std::string> words;
    std::string hint;
    bool takes_text = false;
    for (const Shape& shape : key.shapes) {
      words.insert(words.end(), shape.words.begin(), shape.words.end());
      takes_text = takes_text || shape.is == Shape::Is::text || shape.is == Shape::Is::long_text;
    }
    const Node& node = entry.value;
    if (takes_text) hint = text_hint(node, key);
    if (node.kind == Node::Kind::text && integer_of(node.scalar) && !takes_text && !quiet_) {
      hint = fmt::format("a number is written without quotes: {}: {}", entry.key, node.scalar);
    }
    if (node.kind == Node::Kind::nothing) hint = "give a value, or remove the line";
    std::string suggestion;
    if (node.kind == Node::Kind::text && !quiet_) {
      suggestion = also_called(node.scalar, key, words);
    }
    // A missing value stands nowhere: its key is the place.
    add(node.kind == Node::Kind::nothing ? entry.at : node.at,
        fmt::format("'{}' expects {}, found {}{}", entry.key, expected(key.shapes), found(node),
                    suggestion),
        hint);
  }

  /// `format: excel`: the words of `format` are keys of its map, with their other names.
  static std::string also_called(const std::string& word, const Key& key,
                                 const std::vector<std::string>& words) {
    for (const Shape& shape : key.shapes) {
      if (shape.keys == nullptr) continue;
      for (const Key& each : *shape.keys) {
        if (holds(each.also_called, word)) return fmt::format("; did you mean '{}'?", each.name);
      }
    }
    return did_you_mean(word, words);
  }

  std::string found(const Node& node) const {
    const bool scalar = node.kind == Node::Kind::text || node.kind == Node::Kind::integer ||
                        node.kind == Node::Kind::real || node.kind == Node::Kind::boolean;
    if (quiet_ && scalar) return node.kind == Node::Kind::text ? "a text" : "something else";
    return yaml::describe(node);
  }

  std::string quotes_hint(const Node& node) const {
    switch (node.kind) {
      case Node::Kind::integer:
      case Node::Kind::real:
      case Node::Kind::boolean:
        return quiet_ ? "put it in quotes" : fmt::format("put it in quotes: \"{}\"", node.scalar);
      default:
        return {};
    }
  }

  /// Quotes make a number a text, but not a time: `settle: 5` lacks its unit.
  std::string text_hint(const Node& node, const Key& key) const {
    const bool number = node.kind == Node::Kind::integer || node.kind == Node::Kind::real;
    // std::regex recurses: no long text for it.
    if (!number || quiet_ || key.examples.empty() || node.scalar.size() > 32) {
      return quotes_hint(node);
    }
    for (const Shape& shape : key.shapes) {
      const bool is_text = shape.is == Shape::Is::text || shape.is == Shape::Is::long_text;
      if (!is_text) continue;
      if (shape.pattern.empty() || std::regex_match(node.scalar, std::regex(shape.pattern))) {
        return quotes_hint(node);
      }
    }
    return fmt::format("write it as in {}: {}", key.name, key.examples.front());
  }

  void add(Position at, std::string message, std::string hint) {
    problems_.push_back({at, std::move(message), std::move(hint), {}});
  }

  std::vector<Problem>& problems_;
  bool quiet_ = false;
};

}  // namespace

void check_keys(const yaml::Node& root, std::vector<Problem>& problems) {
  if (root.kind != Node::Kind::map) {
    const std::string what = root.kind == Node::Kind::nothing ? "it is empty" : "it is not a map";
    problems.push_back({root.at,
                        "this is not a configuration: " + what,
                        "start with `quarentena init`, or see docs/configuration.md",
                        {}});
    return;
  }
  Checker(problems).keys_of(root, keys::root(), root.at, "the file");
}

std::optional<std::int64_t> percent_of(const Node& node) {
  if (node.kind == Node::Kind::integer) return integer_of(node.scalar);
  const bool sign = node.kind == Node::Kind::text && node.scalar.ends_with('%');
  return sign ? integer_of(node.scalar.substr(0, node.scalar.size() - 1)) : std::nullopt;
}

std::string either(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += "'" + words[i] + "'";
  }
  return out;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const auto guess = nearest(word, known);
  return guess ? fmt::format("; did you mean '{}'?", *guess) : std::string{};
}

}  // namespace quarentena
