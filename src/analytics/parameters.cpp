#include "analytics/parameters.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "analytics/placeholders.h"
#include "engine/table_query.h"

namespace quarentena::analytics {
namespace {

constexpr int kMostDays = 36'600;  // a century either way

std::optional<std::int64_t> whole_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

/// `latest`, `today-7`.
std::optional<Date> spoken_day(std::string_view text, const Days& days) {
  for (const auto& [word, day] : {std::pair{std::string_view("latest"), days.latest},
                                  std::pair{std::string_view("today"), days.today}}) {
    if (!text.starts_with(word)) continue;
    const auto rest = text.substr(word.size());
    if (rest.empty()) return day;
    if (rest[0] != '-' && rest[0] != '+') return {};
    const auto offset = whole_number(rest);
    if (!offset || *offset < -kMostDays || *offset > kMostDays) return {};
    return Date(day.days() + static_cast<std::int32_t>(*offset));
  }
  return {};
}

const char* how_to_write(ParameterType type) {
  switch (type) {
    case ParameterType::date:
      return "write 2024-05-28, today, latest (the newest day of the table), or latest-29";
    case ParameterType::integer:
      return "write a whole number";
    case ParameterType::text:
      break;
  }
  return "write a text without control characters";
}

std::optional<std::string> meant(ParameterType type, const std::string& value, const Days& days) {
  if (type == ParameterType::date) {
    const auto day = Date::parse_iso(value);
    const auto found = day ? day : spoken_day(value, days);
    return found ? std::optional(found->iso()) : std::nullopt;
  }
  if (type == ParameterType::integer) {
    const auto number = whole_number(value);
    return number ? std::optional(std::to_string(*number)) : std::nullopt;
  }
  for (const char c : value)
    if (static_cast<unsigned char>(c) < 0x20) return {};
  return value;
}

/// Negative numbers in brackets: `3 -:n` must not become a comment.
std::string literal(ParameterType type, const std::string& value) {
  switch (type) {
    case ParameterType::date:
      return fmt::format("DATE '{}'", value);
    case ParameterType::integer:
      return value.starts_with('-') ? fmt::format("({})", value) : value;
    case ParameterType::text:
      break;
  }
  return sql_text(value);
}

}  // namespace

const char* name(ParameterType type) {
  switch (type) {
    case ParameterType::date:
      return "date";
    case ParameterType::integer:
      return "integer";
    case ParameterType::text:
      break;
  }
  return "text";
}

Result<std::string> resolved(const Parameter& parameter, const std::string& value,
                             const Days& days) {
  if (auto text = meant(parameter.type, value, days)) return std::move(*text);
  return fail(
      ErrorKind::config,
      fmt::format("'{}' is no {} for parameter '{}'", value, name(parameter.type), parameter.name),
      how_to_write(parameter.type));
}

std::string bound_sql(const Analysis& analysis, const std::map<std::string, std::string>& values) {
  std::map<std::string, std::string> literals;
  for (const auto& parameter : analysis.parameters)
    literals[parameter.name] = literal(parameter.type, values.at(parameter.name));
  std::string out;
  std::size_t from = 0;
  for (const auto& place : placeholders(analysis.sql)) {
    out += analysis.sql.substr(from, place.at - from) + literals.at(place.name);
    from = place.end();
  }
  return out + analysis.sql.substr(from);
}

}  // namespace quarentena::analytics
