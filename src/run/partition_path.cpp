#include "run/partition_path.h"

#include <fmt/format.h>

#include <cctype>
#include <string_view>

namespace quarentena {
namespace {

/// Hive's escapes for a value in a folder's name, as Spark writes them.
std::string escaped_value(const std::string& value) {
  static constexpr std::string_view kSpecial = "\"#%'*/:=?\\{[]^";
  std::string out;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || kSpecial.find(c) != std::string_view::npos)
      out += fmt::format("%{:02X}", byte);
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string partition_path(Date data_carga, const std::string& canal) {
  return fmt::format("data_carga={}/canal={}", data_carga.iso(), escaped_value(canal));
}

std::string uri_encoded(const std::string& path) {
  static constexpr std::string_view kPlain = "-_.~/=+@,;!$&'()";
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || kPlain.find(c) != std::string_view::npos)
      out += c;
    else
      out += fmt::format("%{:02X}", byte);
  }
  return out;
}

}  // namespace quarentena
