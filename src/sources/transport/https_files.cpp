#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>

#include "base/sha256.h"
#include "net/http.h"
#include "net/secrets.h"
#include "sources/transport/inbox.h"
#include "sources/transport/server_limits.h"
#include "sources/transport/transport.h"

namespace quarentena {
namespace {

constexpr std::array<std::string_view, 8> kAuthKeys{
    "token", "user", "password", "certificate", "key_file", "passphrase", "ca_file", "sas_token"};

/// An address in its parts; the query may be a secret's place and is not shown.
struct Place {
  std::string address;  ///< https://host/folder/file.csv, encoded
  std::string query;    ///< without `?`
  std::string origin;   ///< https://host/folder/
  std::string name;     ///< file.csv, decoded
};

/// The configuration refuses a query that may hold a secret; what is left must be one.
Status check_query(const std::string& query, const std::string& shown, const Source& source) {
  std::size_t at = 0;
  while (at < query.size()) {
    const auto end = std::min(query.find('&', at), query.size());
    if (query.find('=', at) >= end)
      return fail(ErrorKind::config,
                  fmt::format("source '{}': {} has a `?` that begins no query", source.name, shown),
                  "https:// takes one file, without patterns: a web server has no list of its "
                  "files; a question mark in a name is written %3F");
    at = end + 1;
  }
  return {};
}

/// What may not stand in an address as it is: spaces, accents. What is encoded already stays.
std::string encoded(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f ||
        std::string_view("\"<>\\^`{|}").find(c) != std::string_view::npos)
      out += fmt::format("%{:02X}", byte);
    else
      out += c;
  }
  return out;
}

std::string decoded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](std::size_t at) {
      return at < text.size() && std::isxdigit(static_cast<unsigned char>(text[at]));
    };
    if (text[i] == '%' && digit(i + 1) && digit(i + 2)) {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

Result<Place> place_of(const std::string& location, const Source& source) {
  Place out;
  const auto whole = location.substr(0, location.find('#'));
  const auto mark = whole.find('?');
  if (mark != std::string::npos) out.query = encoded(whole.substr(mark + 1));
  out.address = "https://" + encoded(whole.substr(0, mark));
  const auto shown = shown_url(out.address);
  if (whole.find('*') != std::string::npos)
    return fail(ErrorKind::config, fmt::format("source '{}': {} is a pattern", source.name, shown),
                "https:// takes one file: a web server has no list of its files; name the file, "
                "with the day as {data_carga:%Y%m%d} if it changes");
  TRY_STATUS(check_query(out.query, shown, source));
  const auto slash = out.address.rfind('/');
  out.name = decoded(out.address.substr(slash + 1));
  if (slash < 8 || out.name.empty())
    return fail(ErrorKind::config, fmt::format("source '{}': {} names no file", source.name, shown),
                "https:// takes one file, not a folder: write https://host/path/file.csv");
  // The decoded name may hold what a path cannot.
  std::replace(out.name.begin(), out.name.end(), '/', '_');
  out.origin = shown_url(out.address.substr(0, slash + 1));
  if (!out.query.empty()) {
    Sha256 digest;
    digest.add(out.query);
    out.origin += "?" + digest.hex().substr(0, 12);
  }
  return out;
}

tl::unexpected<Error> auth_error(const Source& source, const std::string& what,
                                 const std::string& hint) {
  return fail(ErrorKind::config, fmt::format("source '{}': auth: {}", source.name, what), hint);
}

Status check_auth(const Source& source) {
  for (const auto& [key, text] : source.auth)
    if (std::find(kAuthKeys.begin(), kAuthKeys.end(), key) == kAuthKeys.end())
      return auth_error(source, fmt::format("https:// does not use '{}'", key),
                        "it knows token; user and password; certificate, key_file and passphrase; "
                        "sas_token; ca_file");
  const auto has = [&](const char* key) { return source.auth.contains(key); };
  if (has("token") && has("user"))
    return auth_error(source, "both 'token' and 'user'", "keep the one that the server asks for");
  if (has("user") != has("password"))
    return auth_error(source,
                      has("user") ? "'user' without 'password'" : "'password' without 'user'", "");
  if (has("key_file") && !has("certificate"))
    return auth_error(source, "'key_file' without 'certificate'", "");
  return {};
}

Result<HttpRequest> request_for(const Place& place, const Source& source,
                                const FetchContext& context) {
  TRY_STATUS(check_auth(source));
  TRY_ASSIGN(const Secrets auth, resolve(source.auth, context.stop));
  HttpRequest request;
  request.url = place.address;
  auto query = place.query;
  if (const auto& sas = secret_of(auth, "sas_token").reveal(); !sas.empty())
    query += (query.empty() ? "" : "&") + sas.substr(sas.front() == '?' ? 1 : 0);
  if (!query.empty()) request.url += "?" + query;
  if (auth.contains("token")) request.secret_headers.push_back(bearer(auth.at("token")));
  if (auth.contains("user"))
    request.secret_headers.push_back(basic(auth.at("user").reveal(), auth.at("password")));
  request.tls.client_certificate = secret_of(auth, "certificate").reveal();
  request.tls.client_key = secret_of(auth, "key_file").reveal();
  request.tls.client_key_password = secret_of(auth, "passphrase");
  request.tls.ca_file = secret_of(auth, "ca_file").reveal();
  request.redirects = Redirects::strip_credentials;
  request.timeouts = server_limits(source).timeouts;
  request.stop = context.stop;
  return request;
}

/// A sign-in page with status 200 is what many gateways give instead of an error.
Status refuse_web_page(const std::filesystem::path& file, const std::string& shown) {
  std::array<char, 512> raw{};
  std::ifstream in(file, std::ios::binary);
  in.read(raw.data(), raw.size());
  std::string head(raw.data(), static_cast<std::size_t>(in.gcount()));
  if (head.starts_with("\xef\xbb\xbf")) head.erase(0, 3);
  head.erase(0, head.find_first_not_of(" \t\r\n"));
  std::transform(head.begin(), head.end(), head.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (!head.starts_with("<!doctype html") && !head.starts_with("<html")) return {};
  return fail(ErrorKind::data, fmt::format("{}: a web page came instead of the file", shown),
              "most likely to sign in: check `auth`, and that the address is the file's own");
}

Result<DeliveredFile> bring(Inbox& inbox, RemoteFile file, HttpRequest request,
                            const ServerLimits& limits) {
  TRY_ASSIGN(const auto known, inbox.known(file));
  HttpDownload what;
  what.request = std::move(request);
  what.retry = limits.retry;
  what.max_connections = limits.max_connections;
  TRY_ASSIGN(what.part, inbox.part(file));
  if (known) what.known_etag = known->etag;
  TRY_ASSIGN(const Downloaded got, download(what));
  if (got.unchanged) return inbox.reuse(file);
  if (auto page = refuse_web_page(what.part, shown_url(what.request.url)); !page) {
    inbox.discard(file);
    return fail_with(std::move(page));
  }
  file.etag = got.etag;
  file.size_bytes = got.size_bytes;
  file.modified_ms = http_date_ms(got.last_modified).value_or(0);
  return inbox.publish(file, got.digests.sha256);
}

}  // namespace

Result<Delivery> find_https_file(const std::string& location, const Source& source,
                                 const FetchContext& context) {
  TRY_ASSIGN(const Place place, place_of(location, source));
  TRY_ASSIGN(HttpRequest request, request_for(place, source, context));
  TRY_ASSIGN(Inbox inbox, Inbox::open(context, source.name));
  auto file = bring(inbox, RemoteFile{place.origin, place.name, {}, {}, 0}, std::move(request),
                    server_limits(source));
  if (!file) {
    auto& error = file.error();
    if (!error.what.starts_with("source '"))
      error.what = fmt::format("source '{}': {}", source.name, error.what);
    return fail_with(std::move(file));
  }
  std::vector<DeliveredFile> files;
  files.push_back(std::move(*file));
  return inbox.delivery(std::move(files), {});
}

}  // namespace quarentena
