#include "base/csv_record.h"

namespace quarentena {

std::string csv_record(const std::vector<std::optional<std::string>>& values) {
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ',';
    if (!values[i]) continue;
    if (!values[i]->empty() && values[i]->find_first_of(",\"\r\n") == std::string::npos) {
      out += *values[i];
      continue;
    }
    out += '"';
    for (const char c : *values[i]) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  return out + "\n";
}

}  // namespace quarentena
