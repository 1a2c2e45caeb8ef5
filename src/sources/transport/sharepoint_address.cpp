#include "sources/transport/sharepoint_address.h"

#include <fmt/format.h>

#include <algorithm>

namespace quarentena {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string text) {
  for (char& c : text) c = lower(c);
  return text;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    if (slash > 0) parts.emplace_back(text.substr(0, slash));
    text.remove_prefix(std::min(slash + 1, text.size()));
  }
  return parts;
}

bool is_site_id(const std::string& text) { return std::count(text.begin(), text.end(), ',') == 2; }
bool is_drive_id(const std::string& text) { return text.starts_with("b!") && text.size() > 20; }

tl::unexpected<Error> unreadable(const std::string& location, const std::string& why) {
  return fail(ErrorKind::config, fmt::format("sharepoint://{}: {}", location, why),
              "write sharepoint://tenant.sharepoint.com/sites/<site>/<library>/<path>");
}

std::size_t bytes_of_character(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/// How many parts of the location stand before the first that holds a date.
std::size_t undated_parts(const std::string& written) {
  const auto scheme = written.find("://");
  const auto from = scheme == std::string::npos ? 0 : scheme + 3;
  const auto date = written.find("{data_carga", from);
  const auto parts = split(std::string_view(written).substr(from, date - from));
  if (date == std::string::npos) return parts.size();
  return parts.size() - (written[date - 1] == '/' || parts.empty() ? 0 : 1);
}

}  // namespace

std::string SharePointAddress::shown(std::size_t parts_shown) const {
  std::string out = "sharepoint://" + host;
  if (!site.empty()) out += "/" + site;
  if (!site_id.empty()) out += "/sites/" + site_id;
  if (!drive_id.empty()) out += (site.empty() && site_id.empty() ? "/drives/" : "/") + drive_id;
  if (!item_id.empty()) out += "/items/" + item_id;
  for (std::size_t i = 0; i < std::min(parts_shown, parts.size()); ++i) out += "/" + parts[i];
  return out;
}

Result<SharePointAddress> sharepoint_address(const std::string& location,
                                             const std::string& written) {
  std::vector<std::string> parts = split(location);
  if (parts.empty()) return unreadable(location, "no host");
  const std::size_t all = parts.size();
  SharePointAddress address;
  address.host = lower(parts.front());
  std::size_t at = 1;
  const auto has = [&](std::size_t count) { return at + count <= parts.size(); };
  const std::string first = has(1) ? lower(parts[at]) : std::string{};
  if (first == "drives" && has(2) && is_drive_id(parts[at + 1])) {
    ++at;
  } else if (first == "sites" || first == "teams" || first == "personal") {
    if (!has(2)) return unreadable(location, fmt::format("no site after /{}/", first));
    if (is_site_id(parts[at + 1]))
      address.site_id = parts[at + 1];
    else
      address.site = parts[at] + "/" + parts[at + 1];
    at += 2;
  }
  if (!has(1)) return unreadable(location, "no library");
  if (is_drive_id(parts[at])) {
    address.drive_id = parts[at++];
    if (has(2) && lower(parts[at]) == "items") {
      address.item_id = parts[at + 1];
      at += 2;
    }
  } else if (is_sharepoint_pattern(parts[at])) {
    return unreadable(location, "a pattern in the library's name");
  }
  if (is_sharepoint_pattern(address.site))
    return unreadable(location, "a pattern in the site's name");
  address.parts.assign(parts.begin() + static_cast<std::ptrdiff_t>(at), parts.end());
  const std::size_t undated = std::min(undated_parts(written), all);
  const auto pattern =
      std::find_if(address.parts.begin(), address.parts.end(), is_sharepoint_pattern);
  address.stable = std::min(undated > at ? undated - at : 0,
                            static_cast<std::size_t>(pattern - address.parts.begin()));
  return address;
}

bool is_sharepoint_pattern(std::string_view text) {
  return text.find_first_of("*?") != std::string_view::npos;
}

bool matches_name(std::string_view pattern, std::string_view name) {
  // The last `*` met takes one character more whenever what follows it does not fit.
  std::size_t p = 0, n = 0, star = std::string_view::npos, taken = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = n;
    } else if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      n = std::min(n + bytes_of_character(name[n]), name.size());
    } else if (p < pattern.size() && lower(pattern[p]) == lower(name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      taken = std::min(taken + bytes_of_character(name[taken]), name.size());
      n = taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

MicrosoftCloud cloud_of(std::string_view host) {
  if (host.ends_with(".sharepoint.cn"))
    return {"https://microsoftgraph.chinacloudapi.cn", "https://login.partner.microsoftonline.cn"};
  if (host.ends_with(".sharepoint-mil.us"))
    return {"https://dod-graph.microsoft.us", "https://login.microsoftonline.us"};
  if (host.ends_with(".sharepoint.us"))
    return {"https://graph.microsoft.us", "https://login.microsoftonline.us"};
  return {"https://graph.microsoft.com", "https://login.microsoftonline.com"};
}

}  // namespace quarentena
