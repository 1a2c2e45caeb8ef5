#include "config/plan.h"

namespace quarentena {

const std::array<DefaultPeriod, 6> default_periods{{
    {"CRM", {30}},
    {"Marketing", {7}},
    {"Recomendacao", {15}},
    {"Restritos", {90}},
    {"Ofertas", {5}},
    {"Fraude", {std::nullopt}},
}};

std::optional<Period> default_period(std::string_view canal) {
  for (const DefaultPeriod& each : default_periods) {
    if (canal == each.canal) return each.period;
  }
  return std::nullopt;
}

const char* format_name(const Format& format) {
  static constexpr std::array names{"csv", "xlsx", "json", "parquet", "delta"};
  static_assert(names.size() == std::variant_size_v<Format>);
  return names[format.index()];
}

const Source* Plan::find(const std::string& name) const {
  for (const Source& source : sources) {
    if (source.name == name) return &source;
  }
  return nullptr;
}

Brake Plan::brake(const std::string& canal) const {
  for (const std::string& key : {canal, std::string()}) {
    if (const auto found = brakes.find(key); found != brakes.end()) return found->second;
  }
  return {};
}

}  // namespace quarentena
