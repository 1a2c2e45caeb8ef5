#include "analytics/placeholders.h"

namespace quarentena::analytics {
namespace {

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool in_name(char c) { return begins_name(c) || (c >= '0' && c <= '9'); }

/// Where what begins at `at` and is no SQL of ours to look into ends; `at` itself when it does not
/// begin one. A doubled quote ends a text and begins the next, which comes to the same.
std::size_t skipped(std::string_view sql, std::size_t at) {
  const auto after = [&](std::string_view end, std::size_t from) {
    const auto found = sql.find(end, from);
    return found == sql.npos ? sql.size() : found + end.size();
  };
  if (sql[at] == '\'' || sql[at] == '"' || sql[at] == '`') return after(sql.substr(at, 1), at + 1);
  if (sql.substr(at, 2) == "--") return after("\n", at);
  if (sql.substr(at, 2) == "/*") return after("*/", at + 2);
  if (sql.substr(at, 2) == "::") return at + 2;
  return at;
}

}  // namespace

std::vector<Placeholder> placeholders(std::string_view sql) {
  std::vector<Placeholder> out;
  for (std::size_t at = 0; at < sql.size();) {
    if (const auto behind = skipped(sql, at); behind != at) {
      at = behind;
    } else if (sql[at] == ':' && at + 1 < sql.size() && begins_name(sql[at + 1])) {
      auto end = at + 1;
      while (end < sql.size() && in_name(sql[end])) ++end;
      out.push_back({at, std::string(sql.substr(at + 1, end - at - 1))});
      at = end;
    } else {
      ++at;
    }
  }
  return out;
}

}  // namespace quarentena::analytics
