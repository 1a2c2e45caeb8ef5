#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Every key of quarentena.yml, once. The checks, the nearest-key hints, the JSON Schema and
/// docs/configuration.md are all made from this table, so that they cannot disagree.
namespace quarentena::keys {

struct Key;

/// One way to write a value; a key has one or more.
struct Shape {
  enum class Is {
    text,        ///< one line, not blank
    long_text,   ///< may have several lines
    character,   ///< one ASCII character, or one of `words`
    word,        ///< one of `words`
    integer,     ///< from `min` to `max`
    percent,     ///< `50%` or `50`, from `min` to `max`
    boolean,     ///< true or false
    texts,       ///< a list of at least one text
    map,         ///< the keys of `keys`
    named_maps,  ///< any names, at least one; each value is a map of `keys`
    maps,        ///< a list of at least one map of `keys`
  };
  Is is = Is::text;
  std::vector<std::string> words = {};
  std::int64_t min = 0;
  std::int64_t max = 0;
  const std::vector<Key>* keys = nullptr;
  std::string pattern =
      {};  ///< of a text, for editors; loading checks it closer, with better words
  std::vector<std::string> exactly_one = {};  ///< of a map's keys
  std::vector<std::string> at_most_one = {};
  bool not_empty = false;  ///< a map that says nothing is a mistake
  std::string each = {};   ///< what one of `named_maps` or `maps` is called: "source"
};

struct Key {
  std::string name;
  std::string doc;                         ///< a sentence or two, Markdown
  std::vector<std::string> examples = {};  ///< as YAML
  std::string by_default = {};             ///< as YAML, or words; empty: none
  std::vector<Shape> shapes;
  bool required = false;
  bool secret = false;  ///< only a reference is accepted, the value is never shown
  std::vector<std::string> also_called = {};  ///< what people write instead, for the hint
};

const std::vector<Key>& root();
const std::vector<Key>& table();
const std::vector<Key>& staging();
const std::vector<Key>& catalog();
const std::vector<Key>& identity();
const std::vector<Key>& analytics();
const std::vector<Key>& check();
const std::vector<Key>& some_canais();
const std::vector<Key>& source();
const std::vector<Key>& columns();
const std::vector<Key>& mapping();
const std::vector<Key>& auth();
/// source() is these two: what is delivered, and what a delivery must be and its absence means.
const std::vector<Key>& delivery();
const std::vector<Key>& trust();
const std::vector<Key>& freshness();
const std::vector<Key>& volume();
const std::vector<Key>& shrink_limit();
const std::vector<Key>& growth_limit();
const std::vector<Key>& expectation();
const std::vector<Key>& release_brake();
const std::vector<Key>& canal_brake();
const std::vector<Key>& serve();
const std::vector<Key>& serve_tls();
const std::vector<Key>& serve_limits();
const std::vector<Key>& formats();
const std::vector<Key>& engines();
const std::vector<Key>& csv();
const std::vector<Key>& xlsx();
const std::vector<Key>& delta();

const Key* find(const std::vector<Key>& keys, std::string_view name);

/// Schemes of `location`; of `table`.
const std::vector<std::string>& location_schemes();
const std::vector<std::string>& table_schemes();

/// A name of a source: it becomes a folder of staging and an argument of `--only`.
inline constexpr const char* kSourceNamePattern = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$";
/// A canal: it becomes a partition of the table.
inline constexpr const char* kCanalPattern = "^(?!__HIVE_DEFAULT_PARTITION__$)\\S(.*\\S)?$";
/// `${env:NAME}`, `${file:/path}`, `${cmd:command}`, `${databricks:scope/key}`.
inline constexpr const char* kReferencePattern =
    "^\\$\\{(env:[A-Za-z_][A-Za-z0-9_]*|file:[^}]+|cmd:[^}]+|databricks:[^}/]+/[^}/]+)\\}$";

}  // namespace quarentena::keys
