#pragma once

#include <string_view>

#include "engine/duckdb/database.h"

namespace quarentena::duck {

/// Without outer blanks: space, tab, CR, LF. Here, so that it is inlined where every cell passes.
inline std::string_view without_blanks(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Registers what DuckDB's dialect of the rules (rules/duckdb_dialect.cpp) calls and DuckDB lacks:
///   trimmed(VARCHAR) -> VARCHAR: without_blanks, and NULL when nothing is left. A vector in which
///   nothing needs trimming is passed on, not copied.
///   iso_date(VARCHAR) -> DATE: exactly YYYY-MM-DD, a day that exists, years 0001 to 9999; else
///   NULL. (DuckDB's own cast also takes '2024-5-8', 'epoch' and negative years.)
Status register_text_functions(Connection& connection);

}  // namespace quarentena::duck
