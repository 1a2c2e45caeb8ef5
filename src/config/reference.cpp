#include "config/reference.h"

#include <fmt/format.h>

#include "config/check.h"
#include "config/init.h"
#include "config/keys.h"
#include "config/plan.h"

namespace quarentena {
namespace {

using keys::Key;
using keys::Shape;

constexpr const char* kIntroduction =
    R"(<!-- Generated from src/config by `QUARENTENA_UPDATE_GOLDEN=1 config_test`: edit src/config/keys.cpp
     or src/config/reference.cpp, not this file. -->

# Configuration: `quarentena.yml`

One YAML file says where contacts come from, how long each channel keeps a client in quarantine, and
where the table goes. `quarentena init DIR` writes one that runs; `quarentena config check` reports
everything that is wrong with yours at once, each problem with its line and column:

    quarentena.yml:12:22: error: unknown key 'separater'; did you mean 'separator'?
       12 |     format: { csv: { separater: ";" } }
          |                      ^

`quarentena config schema` prints its JSON Schema, also kept in `docs/quarentena.schema.json`. Editors
that know the YAML language server complete and check the file when its first line is
`# yaml-language-server: $schema=quarentena.schema.json`.

The file is UTF-8 and at most 1 MiB. Anchors and aliases may be used; merge keys (`<<`) may not. A key
that is not listed here, or written twice, is an error. Text that looks like a number or like
true/false needs quotes.
)";

constexpr const char* kSecrets =
    R"(
Secrets are written as references, resolved only when the source is read. A secret in plain text is an
error, which does not show it, and neither does any other message, log or report.

| reference | is |
|---|---|
| `${env:NAME}` | the environment variable `NAME` |
| `${file:/run/secrets/name}` | the content of a file, without a final line break |
| `${cmd:pass show sftp}` | what a command prints |
| `${databricks:scope/key}` | a secret of a Databricks workspace |

Write them in quotes: `password: "${env:SFTP_PASSWORD}"`. The keys marked *secret* accept nothing else;
the other settings may be plain text or a reference.
)";

constexpr const char* kColumns =
    R"(
Each value is the name of the source's column, a dotted path into nested data (`contatos.email`; a list
on the way yields one row for each of its elements), or a map:
)";

constexpr const char* kDates =
    R"(
Dates that are dates in the source (spreadsheet cells, Parquet, Delta) need nothing. Text dates are ISO
8601 unless `dates` says otherwise; nothing is guessed. The day of a moment with a time zone is taken in
`timezone`. A row whose date cannot be read is rejected, with its file, line and reason.
)";

constexpr const char* kChanges =
    R"(
A percentage alone is the limit. Of a map both limits must be passed before a change counts, and one that
is not named is 0. A source without accepted loads has nothing to be compared with.
)";

constexpr const char* kBrake =
    R"(
More early releases than both limits, in one canal, hold the load: nothing is published (exit code 4)
until a person approves it. `{ count: 0, percent: 0 }` holds it for a single one.
)";

std::string in_cell(std::string text) {
  for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) {
    text.insert(at, "\\");
  }
  return text;
}

std::string code(const std::string& text) { return fmt::format("`{}`", in_cell(text)); }

std::string value_of(const Shape& shape) {
  std::string words;
  for (const std::string& word : shape.words) words += (words.empty() ? "" : ", ") + code(word);
  switch (shape.is) {
    case Shape::Is::text:
    case Shape::Is::long_text:
      return "text";
    case Shape::Is::character:
      return words.empty() ? "one character" : fmt::format("one character or {}", words);
    case Shape::Is::word:
      return words;
    case Shape::Is::integer:
      if (shape.min == shape.max) return fmt::format("`{}`", shape.min);
      if (shape.max == INT64_MAX) return fmt::format("whole number, {} or more", shape.min);
      return fmt::format("whole number, {} to {}", shape.min, shape.max);
    case Shape::Is::percent:
      return fmt::format("percentage, {}% to {}%", shape.min, shape.max);
    case Shape::Is::boolean:
      return "`true` or `false`";
    case Shape::Is::texts:
      return "list of texts";
    case Shape::Is::map:
      return "map, see below";
    case Shape::Is::named_maps:
      return fmt::format("map, each name a {}", shape.each);
    case Shape::Is::maps:
      return "list of maps, see below";
  }
  return {};
}

std::string row_of(const Key& key) {
  std::string values;
  for (const Shape& shape : key.shapes) {
    const bool options = shape.is == Shape::Is::map && shape.keys->empty();
    values += (values.empty() ? "" : ", or ") + (options ? "empty map" : value_of(shape));
  }
  std::string examples;
  for (const std::string& example : key.examples) {
    examples += (examples.empty() ? "" : "<br>") + code(example);
  }
  std::string doc = in_cell(key.doc);
  if (key.secret) doc += " *Secret.*";
  if (!key.by_default.empty()) doc += fmt::format(" Default: {}.", in_cell(key.by_default));
  return fmt::format("| `{}`{} | {} | {} | {} |\n", key.name, key.required ? " (required)" : "",
                     values, doc, examples);
}

std::string table_of(const std::vector<Key>& known) {
  std::string out = "\n| key | value | meaning | example |\n|---|---|---|---|\n";
  for (const Key& key : known) out += row_of(key);
  return out;
}

std::string default_periods_table() {
  std::string out =
      "\nWhen `dias` is absent the canal's default holds. Any other canal must say its `dias`.\n\n"
      "| canal | dias |\n|---|---|\n";
  for (const DefaultPeriod& each : default_periods) {
    out += fmt::format("| {} | {} |\n", each.canal,
                       each.period.dias ? fmt::format("{}", *each.period.dias) : "until_removed");
  }
  return out;
}

}  // namespace

std::string configuration_reference_markdown() {
  std::string out = kIntroduction;
  out += "\n## The file\n" + table_of(keys::root());
  out += "\n## A source: `sources.<name>`\n" + table_of(keys::source()) + default_periods_table();
  out += "\n### `columns`\n" + table_of(keys::columns()) + kColumns + table_of(keys::mapping());
  out += "\n### Dates\n";
  out += kDates;
  out += "\n### `format`\n" + table_of(keys::formats());
  out += "\n#### `format: { csv: { ... } }`\n" + table_of(keys::csv());
  out += "\n#### `format: { xlsx: { ... } }`\n" + table_of(keys::xlsx());
  out += "\n#### `format: { delta: { ... } }`\n" + table_of(keys::delta());
  out += "\n### `freshness`\n" + table_of(keys::freshness());
  out += "\n### `volume`\n" + table_of(keys::volume()) + kChanges;
  out += table_of(keys::growth_limit());
  out += "\n### `expectations`\n" + table_of(keys::expectation());
  out += "\n### `auth`\n";
  out += kSecrets + table_of(keys::auth());
  out += "\n## `table: { ... }`\n" + table_of(keys::table());
  out += "\n## `staging: { ... }`\n" + table_of(keys::staging());
  out += "\n## `release_brake`\n";
  out += kBrake + table_of(keys::release_brake());
  out += "\n## `check`\n" + table_of(keys::check());
  out += "\n### `only`, `except`\n" + table_of(keys::some_canais());
  out += "\n## `catalog`\n" + table_of(keys::catalog());
  out += "\n## `identity`\n" + table_of(keys::identity());
  out += "\n## `analytics`\n" + table_of(keys::analytics());
  out += "\n## `serve`\n" + table_of(keys::serve());
  out += "\n### `tls`\n" + table_of(keys::serve_tls());
  out += "\n### `limits`\n" + table_of(keys::serve_limits());
  out += "\n## `engine`\n" + table_of(keys::engines());
  out += "\n## A file to start with\n\nThis is what `quarentena init` writes:\n\n```yaml\n" +
         starting_config() + "```\n";
  return out;
}

}  // namespace quarentena
