#include "net/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/date.h"
#include "net/address.h"

namespace quarentena {
namespace {

using nlohmann::json;

constexpr const char* kItemFields =
    "id,name,eTag,cTag,size,file,folder,package,remoteItem,lastModifiedDateTime";

std::string text_of(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string{};
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string percent_decoded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

GraphItem item_from(const json& object) {
  GraphItem item;
  item.id = text_of(object, "id");
  item.name = text_of(object, "name");
  // A notebook has the facet `folder` too, a link to another library may have any.
  if (object.contains("package") || object.contains("remoteItem"))
    item.kind = GraphItem::Kind::other;
  else if (object.contains("folder"))
    item.kind = GraphItem::Kind::folder;
  else if (object.contains("file"))
    item.kind = GraphItem::Kind::file;
  item.tag = text_of(object, "cTag");
  if (item.tag.empty()) item.tag = text_of(object, "eTag");
  if (const auto size = object.find("size"); size != object.end() && size->is_number_integer())
    item.size_bytes = size->get<std::int64_t>();
  if (const auto ms = parse_timestamp_ms(text_of(object, "lastModifiedDateTime"), "UTC"))
    item.modified_ms = *ms;
  const auto file = object.find("file");
  if (file == object.end() || !file->is_object()) return item;
  const auto hashes = file->find("hashes");
  if (hashes == file->end() || !hashes->is_object()) return item;
  item.quick_xor_hash = text_of(*hashes, "quickXorHash");
  item.sha256 = lower(text_of(*hashes, "sha256Hash"));
  return item;
}

GraphDrive drive_from(const json& object) {
  GraphDrive drive{text_of(object, "id"), text_of(object, "name"), {}};
  const std::string url = text_of(object, "webUrl");
  drive.url_name = percent_decoded(url.substr(url.rfind('/') + 1));
  return drive;
}

tl::unexpected<Error> not_graph(const std::string& url) {
  return fail(ErrorKind::data,
              fmt::format("{} did not answer as Microsoft Graph does", shown_url(url)),
              "is `endpoint` right, and does a proxy answer in its place?");
}

Result<json> parsed(const std::string& url, const std::string& body) {
  json object = json::parse(body, nullptr, false);
  if (!object.is_object()) return not_graph(url);
  return object;
}

/// Graph's code is a word of its own documentation; its message may repeat what it was sent.
std::string code_of(const HttpResponse& response) {
  const json body = json::parse(response.body, nullptr, false);
  if (!body.is_object()) return {};
  const auto error = body.find("error");
  if (error == body.end() || !error->is_object()) return {};
  return text_of(*error, "code").substr(0, 60);
}

Error graph_error(const std::string& url, const HttpResponse& response) {
  HttpRequest shown;
  shown.url = url;
  Error error = status_error(shown, response.status);
  if (const auto code = code_of(response); !code.empty()) error.what += fmt::format(" ({})", code);
  if (response.status == 401)
    error.hint =
        "the token was refused: does `authority` belong to the same cloud as `endpoint`, and "
        "is the application still enabled?";
  if (response.status == 403)
    error.hint =
        "the application signs in but may not read there: an administrator grants it "
        "Sites.Selected and then `read` on this site (or Sites.Read.All)";
  if (response.status == 423)
    error.hint = "the site is locked (read-only or archived): ask its administrator";
  return error;
}

/// SharePoint answers an expired or foreign address with a page to sign in.
Status refuse_a_page(const std::string& name, const HttpResponse& head) {
  const bool page = head.header("content-type").starts_with("text/html");
  const std::string low = lower(name);
  if (!page || low.ends_with(".html") || low.ends_with(".htm")) return {};
  return fail(
      ErrorKind::data, fmt::format("a web page came in place of '{}'", name),
      "a sign-in page or a proxy answered; try again, then ask the network's administrator");
}

}  // namespace

Graph::Graph(AppTokens tokens, Options options)
    : tokens_(std::move(tokens)), options_(std::move(options)) {}

std::string Graph::v1(const std::string& path) const { return options_.endpoint + "/v1.0" + path; }

Result<HttpResponse> Graph::get(const std::string& url) {
  HttpRequest request;
  request.url = url;
  request.stop = options_.stop;
  request.tls = options_.tls;
  request.timeouts = options_.limits.timeouts;
  request.headers = {{"Accept", "application/json"}};
  TRY_ASSIGN(const Secret token, tokens_.token());
  request.secret_headers = {bearer(token)};
  auto response = send(request, options_.limits.retry);
  if (!response || response->status != 401) return response;
  // The token may have been revoked, or ended sooner than it said: one other token, then no more.
  TRY_ASSIGN(const Secret other, tokens_.token_after(token));
  request.secret_headers = {bearer(other)};
  return send(request, options_.limits.retry);
}

Result<std::optional<std::string>> Graph::get_body(const std::string& url) {
  TRY_ASSIGN(HttpResponse response, get(url));
  if (response.status == 404) return std::optional<std::string>{};
  if (response.status != 200) return tl::unexpected<Error>(graph_error(url, response));
  return std::optional(std::move(response.body));
}

/// The token goes where it was meant for and nowhere else.
Status Graph::same_endpoint(const std::string& link) const {
  TRY_ASSIGN(const Address here, parse_address(options_.endpoint));
  TRY_ASSIGN(const Address there, parse_address(link));
  if (!here.same_origin(there))
    return fail(ErrorKind::data,
                fmt::format("the next page of a list is on {}, not on {}", shown_url(link),
                            options_.endpoint),
                "the token is not sent to another host; is `endpoint` right for this tenant?");
  return {};
}

Result<std::optional<std::string>> Graph::site_id(const std::string& host,
                                                  const std::string& path) {
  const std::string site = path.empty() ? percent_encoded(host)
                                        : fmt::format("{}:/{}", percent_encoded(host),
                                                      percent_encoded(path, Slash::keep));
  const std::string url = v1(fmt::format("/sites/{}?$select=id", site));
  TRY_ASSIGN(const auto body, get_body(url));
  if (!body) return std::optional<std::string>{};
  TRY_ASSIGN(const json object, parsed(url, *body));
  std::string id = text_of(object, "id");
  if (id.empty()) return not_graph(url);
  return std::optional(std::move(id));
}

Result<std::optional<std::vector<GraphDrive>>> Graph::drives(const std::string& site_id) {
  std::vector<GraphDrive> out;
  // Commas of a site's id stay: Graph reads them as they are written in its documentation.
  std::string site;
  for (const char c : site_id) site += c == ',' ? "," : percent_encoded(std::string(1, c));
  std::string url = v1(fmt::format("/sites/{}/drives?$select=id,name,webUrl", site));
  while (!url.empty()) {
    TRY_ASSIGN(const auto body, get_body(url));
    if (!body) return std::optional<std::vector<GraphDrive>>{};
    TRY_ASSIGN(const json page, parsed(url, *body));
    const auto values = page.find("value");
    if (values == page.end() || !values->is_array()) return not_graph(url);
    for (const auto& each : *values) out.push_back(drive_from(each));
    url = text_of(page, "@odata.nextLink");
    if (!url.empty()) TRY_STATUS(same_endpoint(url));
  }
  return std::optional(std::move(out));
}

Result<std::optional<GraphItem>> Graph::item(const std::string& drive, const std::string& path) {
  const std::string place = path.empty() ? "root" : "root:/" + percent_encoded(path, Slash::keep);
  const std::string url = v1(fmt::format("/drives/{}/{}?$select={}{}", percent_encoded(drive),
                                         place, kItemFields, path.empty() ? ",root" : ""));
  TRY_ASSIGN(const auto body, get_body(url));
  if (!body) return std::optional<GraphItem>{};
  TRY_ASSIGN(const json object, parsed(url, *body));
  return std::optional(item_from(object));
}

Result<std::optional<GraphItem>> Graph::item_by_id(const std::string& drive,
                                                   const std::string& id) {
  const std::string url = v1(fmt::format("/drives/{}/items/{}?$select={}", percent_encoded(drive),
                                         percent_encoded(id), kItemFields));
  TRY_ASSIGN(const auto body, get_body(url));
  if (!body) return std::optional<GraphItem>{};
  TRY_ASSIGN(const json object, parsed(url, *body));
  return std::optional(item_from(object));
}

Result<std::optional<std::vector<GraphItem>>> Graph::children(const std::string& drive,
                                                              const std::string& folder_id,
                                                              std::size_t at_most) {
  std::vector<GraphItem> out;
  std::string url =
      v1(fmt::format("/drives/{}/items/{}/children?$top=200&$select={}", percent_encoded(drive),
                     percent_encoded(folder_id), kItemFields));
  while (!url.empty() && out.size() < at_most) {
    TRY_ASSIGN(const auto body, get_body(url));
    if (!body) return std::optional<std::vector<GraphItem>>{};
    TRY_ASSIGN(const json page, parsed(url, *body));
    const auto values = page.find("value");
    if (values == page.end() || !values->is_array()) return not_graph(url);
    for (const auto& each : *values) out.push_back(item_from(each));
    url = text_of(page, "@odata.nextLink");
    if (!url.empty()) TRY_STATUS(same_endpoint(url));
  }
  return std::optional(std::move(out));
}

/// Not followed by libcurl: the address is kept, for what is cut goes on from there.
Result<HttpRequest> Graph::file_address(const std::string& drive, const GraphItem& file) {
  const std::string url = v1(
      fmt::format("/drives/{}/items/{}/content", percent_encoded(drive), percent_encoded(file.id)));
  TRY_ASSIGN(const HttpResponse response, get(url));
  if (response.status == 404)
    return fail(ErrorKind::missing, fmt::format("'{}' is gone since it was listed", file.name),
                "it was moved or deleted meanwhile; run again");
  if (response.status < 300 || response.status > 399 || response.header("location").empty()) {
    if (response.ok()) return not_graph(url);
    return tl::unexpected<Error>(graph_error(url, response));
  }
  HttpRequest request;
  TRY_ASSIGN(request.url, resolve_address(url, response.header("location")));
  request.stop = options_.stop;
  request.tls = options_.tls;
  request.timeouts = options_.limits.timeouts;
  request.redirects = Redirects::strip_credentials;
  return request;
}

Result<Downloaded> Graph::download(const std::string& drive, const GraphItem& file,
                                   const std::filesystem::path& part) {
  HttpDownload plan;
  TRY_ASSIGN(plan.request, file_address(drive, file));
  plan.part = part;
  plan.expected_size = file.size_bytes;
  plan.retry = options_.limits.retry;
  plan.max_connections = options_.limits.max_connections;
  plan.renew = [&] { return file_address(drive, file); };
  plan.accept = [&](const HttpResponse& head) { return refuse_a_page(file.name, head); };
  plan.digests = ArrivingFile::Digests::sha256_and_quick_xor;
  TRY_ASSIGN(Downloaded done, quarentena::download(plan));
  TRY_STATUS(verify_content(file, done));
  return done;
}

}  // namespace quarentena
