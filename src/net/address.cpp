#include "net/address.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "net/http.h"

namespace quarentena {
namespace {

using Handle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return {};
  std::string out = text;
  curl_free(text);
  return out;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

}  // namespace

Result<Address> parse_address(const std::string& url) {
  const Handle handle(curl_url(), curl_url_cleanup);
  if (!handle ||
      curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
    return fail(ErrorKind::config, "an address that is not a URL",
                "write it as https://host/path, special characters as %XX");
  Address out;
  out.scheme = lower(part(handle.get(), CURLUPART_SCHEME));
  out.host = lower(part(handle.get(), CURLUPART_HOST));
  out.port = part(handle.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  out.path = part(handle.get(), CURLUPART_PATH);
  out.has_user = !part(handle.get(), CURLUPART_USER).empty() ||
                 !part(handle.get(), CURLUPART_PASSWORD).empty();
  return out;
}

Result<std::string> resolve_address(const std::string& base, const std::string& location) {
  const Handle handle(curl_url(), curl_url_cleanup);
  if (!handle || curl_url_set(handle.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK ||
      curl_url_set(handle.get(), CURLUPART_URL, location.c_str(), 0) != CURLUE_OK)
    return fail(ErrorKind::config,
                fmt::format("{}: redirected to what is no address of http(s)", shown_url(base)));
  // A fragment is the reader's own and is not sent.
  curl_url_set(handle.get(), CURLUPART_FRAGMENT, nullptr, 0);
  return part(handle.get(), CURLUPART_URL);
}

std::string shown_url(const std::string& url) {
  const auto address = parse_address(url);
  if (!address) return "(an address that is not a URL)";
  const bool usual = (address->scheme == "https" && address->port == "443") ||
                     (address->scheme == "http" && address->port == "80") || address->port.empty();
  return fmt::format("{}://{}{}{}", address->scheme, address->host,
                     usual ? "" : ":" + address->port, address->path);
}

std::optional<std::int64_t> http_date_ms(const std::string& text) {
  const auto seconds = text.empty() ? -1 : curl_getdate(text.c_str(), nullptr);
  if (seconds < 0) return {};
  return std::int64_t{seconds} * 1000;
}

std::string percent_encoded(const std::string& text, Slash slash) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool kept = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '.' || c == '_' || c == '~' ||
                      (c == '/' && slash == Slash::keep);
    if (kept) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

}  // namespace quarentena
