#include "spark/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>

namespace quarentena {
namespace {

constexpr auto kForm = "sc://host:port/;token=...;use_ssl=true;user_id=...";

tl::unexpected<Error> malformed(const std::string& what) {
  return fail(ErrorKind::config, "Spark's connection string " + what,
              std::string("its form is ") + kForm);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out.push_back(text[at]);
      continue;
    }
    if (at + 2 >= text.size()) return {};
    const int high = hex_digit(text[at + 1]), low = hex_digit(text[at + 2]);
    if (high < 0 || low < 0) return {};
    out.push_back(static_cast<char>(high * 16 + low));
    at += 2;
  }
  return out;
}

bool is_uuid(const std::string& text) {
  if (text.size() != 36) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
    if (dash ? text[at] != '-' : hex_digit(text[at]) < 0) return false;
  }
  return true;
}

/// What HTTP/2 takes as a header of text; `-bin` would be bytes.
bool is_header_name(const std::string& name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string::npos &&
         !(name.size() >= 4 && name.compare(name.size() - 4, 4, "-bin") == 0);
}

bool is_header_value(const std::string& value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

/// host[:port] or [v6][:port].
Status take_endpoint(std::string_view text, SparkAddress& address) {
  const auto bracket = text.rfind(']');
  const auto colon = text.rfind(':');
  const bool has_port = colon != text.npos && (bracket == text.npos || colon > bracket);
  address.host = std::string(has_port ? text.substr(0, colon) : text);
  if (address.host.empty()) return malformed("names no host");
  if (address.host.find('@') != std::string::npos)
    return malformed("holds a user before the host; use user_id and token");
  const bool bracketed = address.host.front() == '[' && address.host.back() == ']';
  if (!bracketed && address.host.find_first_of(":[]/?# \t") != std::string::npos)
    return malformed(fmt::format("has an unreadable host: {}", address.host));
  if (!has_port) return {};
  const auto digits = text.substr(colon + 1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (error != std::errc() || end != digits.data() + digits.size() || address.port < 1 ||
      address.port > 65535)
    return malformed(fmt::format("has an unreadable port: {}", digits));
  return {};
}

/// What the parameters say of TLS, before it is known whether there is a token.
enum class UseSsl { unsaid, yes, no };

Status take_parameter(const std::string& name, std::string value, SparkAddress& address,
                      UseSsl& use_ssl) {
  if (name == "token") {
    address.token = Secret(std::move(value));
  } else if (name == "use_ssl") {
    std::transform(value.begin(), value.end(), value.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (value != "true" && value != "false")
      return malformed("has a use_ssl that is neither true nor false");
    use_ssl = value == "true" ? UseSsl::yes : UseSsl::no;
  } else if (name == "user_id") {
    address.user_id = std::move(value);
  } else if (name == "user_agent") {
    if (value.size() > 2048) return malformed("has a user_agent of over 2048 characters");
    address.user_agent = std::move(value);
  } else if (name == "session_id") {
    if (!is_uuid(value)) return malformed("has a session_id that is not a UUID");
    address.session_id = std::move(value);
  } else {
    std::string header = name;
    std::transform(header.begin(), header.end(), header.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (!is_header_name(header))
      return malformed(fmt::format("has a parameter that cannot be a header: {}", name));
    if (!is_header_value(value))
      return malformed(fmt::format("has a value for {} that cannot be a header's", name));
    address.headers.emplace_back(std::move(header), Secret(std::move(value)));
  }
  return {};
}

Status take_parameters(std::string_view text, SparkAddress& address, UseSsl& use_ssl) {
  for (int number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find(';'), text.size());
    const auto parameter = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (parameter.empty()) continue;
    const auto equals = parameter.find('=');
    // The text itself may be a token whose name was forgotten.
    if (equals == parameter.npos || equals == 0 || equals + 1 == parameter.size())
      return malformed(fmt::format("has a parameter without name or value: number {}", number));
    const std::string name(parameter.substr(0, equals));
    auto value = percent_decoded(parameter.substr(equals + 1));
    if (!value) return malformed(fmt::format("has a value for {} with a broken %", name));
    TRY_STATUS(take_parameter(name, std::move(*value), address, use_ssl));
  }
  return {};
}

}  // namespace

bool SparkAddress::is_this_machine() const {
  return host == "localhost" || host == "[::1]" ||
         (host.rfind("127.", 0) == 0 && host.find_first_not_of("0123456789.") == std::string::npos);
}

Result<SparkAddress> parse_spark_address(std::string_view text) {
  constexpr std::string_view kScheme = "sc://";
  if (text.substr(0, kScheme.size()) != kScheme) return malformed("does not begin with sc://");
  text.remove_prefix(kScheme.size());
  const auto end = std::min(text.find_first_of("/;"), text.size());
  SparkAddress address;
  TRY_STATUS(take_endpoint(text.substr(0, end), address));
  text.remove_prefix(end);
  if (!text.empty() && text.front() == '/') text.remove_prefix(1);
  if (!text.empty() && text.front() != ';')
    return malformed("has a path; only parameters, each after a semicolon, follow the slash");

  UseSsl use_ssl = UseSsl::unsaid;
  TRY_STATUS(take_parameters(text, address, use_ssl));
  const bool local = address.is_this_machine();
  if (use_ssl == UseSsl::no && !address.token.empty() && !local)
    return malformed("would send its token without TLS: use_ssl=false");
  const bool tls = use_ssl == UseSsl::yes || (!address.token.empty() && !local);
  address.wire = tls ? SparkAddress::Wire::tls : SparkAddress::Wire::plain;
  return address;
}

Result<SparkAddress> find_spark_address(std::string_view configured) {
  if (!configured.empty()) return parse_spark_address(configured);
  const char* remote = std::getenv("SPARK_REMOTE");
  if (!remote || !*remote)
    return fail(ErrorKind::config, "no Spark to connect to",
                fmt::format("name one: engine: {{ spark: \"{}\" }}, or SPARK_REMOTE", kForm));
  return parse_spark_address(remote);
}

Result<SparkAddress> databricks_spark_address(std::string_view host,
                                              const std::string& cluster_id) {
  SparkAddress address;
  address.wire = SparkAddress::Wire::tls;
  address.port = 443;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (host.substr(0, scheme.size()) != scheme) continue;
    host.remove_prefix(scheme.size());
    // Only to this machine, as databricks_login() checks.
    if (scheme == "http://") address.wire = SparkAddress::Wire::plain;
  }
  TRY_STATUS(take_endpoint(host, address));
  if (cluster_id.empty()) {
    address.compute = SparkAddress::Compute::databricks_serverless;
  } else if (is_header_value(cluster_id)) {
    address.headers.emplace_back("x-databricks-cluster-id", Secret(cluster_id));
  } else {
    return fail(ErrorKind::config, "the id of the Databricks cluster is not one",
                "it stands in the cluster's page, under Tags: 0123-456789-abcdefgh");
  }
  return address;
}

}  // namespace quarentena
