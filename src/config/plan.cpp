#include "config/plan.h"

#include <algorithm>
#include <cctype>

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

std::array<const Mapping*, 5> Source::mappings() const {
  return {&id_cliente, &email, &telefone, &assunto, &data_envio};
}

bool Source::depends_on_day() const {
  auto lower = where;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower.find("data_carga") != std::string::npos;
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
