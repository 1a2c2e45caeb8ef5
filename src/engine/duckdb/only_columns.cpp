#include "engine/duckdb/only_columns.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

#include "engine/duckdb/database.h"

namespace quarentena::duck {
namespace {

/// What is asked of a column or field: all of it, or these of its own.
struct Asked {
  bool whole = false;
  std::map<std::string, Asked> fields;  // by name, as SQL writes it
};

std::string value_of(const Asked& asked, const std::string& sql) {
  if (asked.whole) return sql;
  std::vector<std::string> fields;
  for (const auto& [name, field] : asked.fields)
    fields.push_back(fmt::format("{} := {}", name, value_of(field, sql + "." + name)));
  return fmt::format("CASE WHEN {} IS NOT NULL THEN struct_pack({}) END", sql,
                     fmt::join(fields, ", "));
}

}  // namespace

std::string only_columns(const Relation& relation) {
  Asked top;
  for (const auto& column : relation.columns) {
    auto* at = &top;
    if (column.sql == identifier(column.path)) {  // a name may have dots of its own
      at = &top.fields[column.sql];
    } else {
      for (std::size_t from = 0; from <= column.path.size();) {
        const auto dot = std::min(column.path.find('.', from), column.path.size());
        at = &at->fields[identifier(column.path.substr(from, dot - from))];
        from = dot + 1;
      }
    }
    at->whole = true;
  }
  std::vector<std::string> selected;
  for (const auto& [name, asked] : top.fields)
    selected.push_back(fmt::format("{} AS {}", value_of(asked, name), name));
  return fmt::format("SELECT {} FROM {}", fmt::join(selected, ", "), identifier(relation.name));
}

}  // namespace quarentena::duck
