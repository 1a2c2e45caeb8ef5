#include "serve/routes.h"

#include <algorithm>
#include <array>

#include "serve/page.h"

namespace quarentena::serve {
namespace {

constexpr std::array<Route, 13> kRoutes = {{
    {"/v1/check", Endpoint::check, true, Scope::check},
    {"/v1/explain", Endpoint::explain, true, Scope::explain},
    {"/v1/status", Endpoint::status, false, Scope::status},
    {"/v1/days", Endpoint::days, false, Scope::read},
    {"/v1/ledger", Endpoint::ledger, false, Scope::read},
    {"/v1/runs", Endpoint::runs, false, Scope::read},
    {"/v1/newest-day", Endpoint::newest_day, false, Scope::read},
    {"/v1/analytics", Endpoint::analyses, false, Scope::read},
    {"/v1/analytics/run", Endpoint::analysis, true, Scope::read},
    {"/v1/openapi.json", Endpoint::openapi, false, std::nullopt},
    {"/healthz", Endpoint::healthz, false, std::nullopt},
    {"/readyz", Endpoint::readyz, false, std::nullopt},
    {"/metrics", Endpoint::metrics, false, Scope::metrics},
}};
constexpr Route kPage = {"", Endpoint::page, false, std::nullopt};
constexpr Route kOpenMetrics = {"/metrics", Endpoint::metrics, false, std::nullopt};

/// Media types are written in any case.
bool same_word(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() &&
         std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
         });
}

/// `application/json; charset=utf-8` without what follows the type.
std::string_view media_type(std::string_view text) {
  text = text.substr(0, text.find(';'));
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

bool is_ndjson(std::string_view type) {
  return same_word(type, "application/x-ndjson") || same_word(type, "application/ndjson") ||
         same_word(type, "application/jsonl");
}

}  // namespace

const Route* find_route(std::string_view path, Door door, const OnApi& on_api) {
  const auto found = std::find_if(kRoutes.begin(), kRoutes.end(),
                                  [&](const Route& route) { return route.path == path; });
  if (found == kRoutes.end()) {
    const bool is_page = door == Door::api && on_api.page && find_page_file(path) != nullptr;
    return is_page ? &kPage : nullptr;
  }
  switch (found->endpoint) {
    case Endpoint::healthz:
    case Endpoint::readyz:
      return &*found;
    case Endpoint::metrics:
      if (door == Door::open_metrics) return &kOpenMetrics;
      return door == Door::metrics || on_api.metrics ? &*found : nullptr;
    default:
      return door == Door::api ? &*found : nullptr;
  }
}

std::optional<BodyForm> form_of_body(std::string_view content_type) {
  const std::string_view type = media_type(content_type);
  if (same_word(type, "application/json")) return BodyForm::json;
  if (is_ndjson(type)) return BodyForm::ndjson;
  return std::nullopt;
}

std::optional<BodyForm> form_of_answer(std::string_view accept, BodyForm asked_in) {
  if (accept.empty()) return asked_in;
  std::optional<BodyForm> form;
  while (!accept.empty()) {
    const std::size_t comma = std::min(accept.find(','), accept.size());
    const std::string_view type = media_type(accept.substr(0, comma));
    accept.remove_prefix(std::min(comma + 1, accept.size()));
    if (same_word(type, "*/*") || same_word(type, "application/*")) return form.value_or(asked_in);
    if (form) continue;
    if (same_word(type, "application/json")) form = BodyForm::json;
    if (is_ndjson(type)) form = BodyForm::ndjson;
  }
  return form;
}

}  // namespace quarentena::serve
