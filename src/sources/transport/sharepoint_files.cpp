#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/slashes.h"
#include "net/graph.h"
#include "net/secrets.h"
#include "sources/transport/inbox.h"
#include "sources/transport/server_limits.h"
#include "sources/transport/sharepoint_address.h"
#include "sources/transport/transport.h"

/// Files of a SharePoint library, through Microsoft Graph. `settle` has no meaning here: an upload
/// is not there before it is whole, and what it replaces stays until then.
namespace quarentena {
namespace {

constexpr int kDeepest = 32;
constexpr int kVersionsTried = 3;
constexpr std::size_t kNamesLooked = 400;
constexpr std::size_t kNamesShown = 8;

bool is_hidden(const std::string& name) { return name.empty() || name[0] == '_' || name[0] == '.'; }

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

bool looks_encoded(const std::string& text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i)
    if (text[i] == '%' && std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0 &&
        std::isxdigit(static_cast<unsigned char>(text[i + 2])) != 0)
      return true;
  return false;
}

/// "a, b, c and 12 more", those most like `wanted` first.
std::string some_of(std::vector<std::string> names, const std::string& wanted) {
  const auto alike = [&](const std::string& name) {
    const std::string a = lower(name), b = lower(wanted);
    return std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin();
  };
  std::sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return std::pair(-alike(a), a) < std::pair(-alike(b), b);
  });
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), kNamesShown); ++i)
    out += (i == 0 ? "'" : ", '") + names[i] + "'";
  if (names.size() > kNamesShown) out += fmt::format(" and {} more", names.size() - kNamesShown);
  return out;
}

struct Found {
  std::string relative;  ///< below the origin
  GraphItem item;
};

class SharePointFiles {
 public:
  SharePointFiles(SharePointAddress address, Graph graph, const Source& source,
                  const FetchContext& context)
      : address_(std::move(address)),
        graph_(std::move(graph)),
        source_(source),
        context_(context) {}

  Result<Delivery> find() {
    TRY_STATUS(find_drive());
    TRY_STATUS(look());
    if (found_.empty()) return nothing_matches();
    if (source_.take == Take::newest) keep_newest();
    TRY_ASSIGN(Inbox inbox, Inbox::open(context_, source_.name));
    std::vector<DeliveredFile> files;
    for (auto& each : found_) {
      TRY_ASSIGN(DeliveredFile file, bring(inbox, each));
      files.push_back(std::move(file));
    }
    return inbox.delivery(std::move(files), {is_folder_, origin_});
  }

 private:
  // Where: site, library.

  Status find_drive() {
    if (!address_.drive_id.empty()) {
      drive_ = address_.drive_id;
      return {};
    }
    std::vector<std::string> libraries;
    while (true) {
      TRY_ASSIGN(const auto site, site_id());
      if (!site) break;
      TRY_ASSIGN(const auto drives, graph_.drives(*site));
      if (!drives) break;
      if (const GraphDrive* drive = named(*drives)) {
        drive_ = drive->id;
        library_ = 1;
        return {};
      }
      if (libraries.empty()) libraries = names_of(*drives);
      // What looks like a library may be a site below this one.
      if (address_.site.empty() || address_.parts.size() < 2 ||
          is_sharepoint_pattern(address_.parts[1]))
        break;
      descend_into_subsite();
    }
    return no_drive(libraries);
  }

  Result<std::optional<std::string>> site_id() {
    if (!address_.site_id.empty()) return std::optional(address_.site_id);
    return graph_.site_id(address_.host, address_.site);
  }

  void descend_into_subsite() {
    address_.site += "/" + address_.parts.front();
    address_.parts.erase(address_.parts.begin());
    if (address_.stable > 0) --address_.stable;
    ++subsites_;
  }

  /// By name as people see it, else by its address; as written, else without regard to case.
  const GraphDrive* named(const std::vector<GraphDrive>& drives) const {
    const std::string& wanted = address_.parts.front();
    const auto first = [&](auto matches) -> const GraphDrive* {
      const auto at = std::find_if(drives.begin(), drives.end(), matches);
      return at == drives.end() ? nullptr : &*at;
    };
    if (const auto* it = first([&](const GraphDrive& d) { return d.name == wanted; })) return it;
    if (const auto* it = first([&](const GraphDrive& d) { return d.url_name == wanted; }))
      return it;
    return first([&](const GraphDrive& d) {
      return lower(d.name) == lower(wanted) || lower(d.url_name) == lower(wanted);
    });
  }

  static std::vector<std::string> names_of(const std::vector<GraphDrive>& drives) {
    std::vector<std::string> names;
    for (const auto& drive : drives) {
      names.push_back(drive.name);
      if (drive.url_name != drive.name) names.back() += " (" + drive.url_name + ")";
    }
    return names;
  }

  tl::unexpected<Error> no_drive(const std::vector<std::string>& libraries) {
    // Told as the user wrote it: the parts tried as sites below the site are parts again.
    for (; subsites_ > 0; --subsites_) {
      const auto slash = address_.site.rfind('/');
      address_.parts.insert(address_.parts.begin(), address_.site.substr(slash + 1));
      address_.site.resize(slash);
    }
    if (libraries.empty())
      return fail(ErrorKind::missing, fmt::format("no site at {}", address_.shown(0)),
                  "is its name as in the browser's address, and may the application read it "
                  "(Sites.Selected needs a grant for each site)?");
    return fail(ErrorKind::missing,
                fmt::format("no library '{}' in {}", address_.parts.front(), address_.shown(0)),
                fmt::format("its libraries are {}{}", some_of(libraries, address_.parts.front()),
                            encoding_hint(address_.parts.front())));
  }

  static std::string encoding_hint(const std::string& name) {
    return looks_encoded(name) ? "; names are written as they are seen, not percent-encoded" : "";
  }

  // What: a file, a folder, a pattern.

  /// The path below the library or item, up to the part `end`.
  std::string path_to(std::size_t end) const {
    std::string path;
    for (std::size_t i = library_; i < end; ++i)
      path += (path.empty() ? "" : "/") + address_.parts[i];
    return path;
  }

  Result<std::optional<GraphItem>> item_at(std::size_t end) {
    if (address_.item_id.empty()) return graph_.item(drive_, path_to(end));
    TRY_ASSIGN(auto item, graph_.item_by_id(drive_, address_.item_id));
    for (std::size_t i = 0; item && i < end; ++i) {
      TRY_ASSIGN(const auto children, graph_.children(drive_, item->id));
      item.reset();
      if (!children) break;
      for (const auto& child : *children)
        if (lower(child.name) == lower(address_.parts[i])) item = child;
    }
    return item;
  }

  Status look() {
    const auto& parts = address_.parts;
    const auto pattern =
        static_cast<std::size_t>(std::find_if(parts.begin() + static_cast<std::ptrdiff_t>(library_),
                                              parts.end(), is_sharepoint_pattern) -
                                 parts.begin());
    TRY_ASSIGN(const auto item, item_at(pattern));
    if (!item) return not_there(pattern);
    if (pattern < parts.size()) {
      set_origin(std::max(library_, std::min(address_.stable, pattern)));
      return matching(*item, relative_to_origin(pattern), pattern);
    }
    if (item->kind == GraphItem::Kind::folder) {
      is_folder_ = true;
      set_origin(parts.size());
      return all_in(*item, "", 0);
    }
    if (item->kind == GraphItem::Kind::other)
      return fail(ErrorKind::config,
                  fmt::format("{} is neither a file nor a folder", address_.shown()),
                  "a notebook or a link to another library cannot be read; name a file");
    set_origin(parts.size() > library_
                   ? std::max(library_, std::min(address_.stable, parts.size() - 1))
                   : parts.size());
    found_.push_back(
        {relative_to_origin(parts.empty() ? 0 : parts.size() - 1) + item->name, *item});
    return {};
  }

  void set_origin(std::size_t parts) {
    origin_parts_ = parts;
    origin_ = address_.shown(parts) + "/";
  }

  /// What stands between the origin and the part `end`, with its `/`.
  std::string relative_to_origin(std::size_t end) const {
    std::string out;
    for (std::size_t i = origin_parts_; i < end; ++i) out += address_.parts[i] + "/";
    return out;
  }

  Result<std::vector<GraphItem>> list(const GraphItem& folder) {
    TRY_ASSIGN(auto children, graph_.children(drive_, folder.id));
    // Deleted since it was listed: it holds nothing.
    return children ? std::move(*children) : std::vector<GraphItem>{};
  }

  Status all_in(const GraphItem& folder, const std::string& relative, int depth) {
    TRY_ASSIGN(const auto children, list(folder));
    for (const auto& child : children) {
      if (is_hidden(child.name)) continue;
      if (child.kind == GraphItem::Kind::file) found_.push_back({relative + child.name, child});
      if (child.kind == GraphItem::Kind::folder && depth < kDeepest)
        TRY_STATUS(all_in(child, relative + child.name + "/", depth + 1));
    }
    return {};
  }

  /// `**` is any number of folders, none too.
  Status matching(const GraphItem& folder, const std::string& relative, std::size_t part) {
    const auto& parts = address_.parts;
    const bool any_depth = parts[part] == "**";
    if (any_depth && part + 1 < parts.size()) TRY_STATUS(matching(folder, relative, part + 1));
    const bool last = part + 1 == parts.size();
    TRY_ASSIGN(const auto children, list(folder));
    for (const auto& child : children) {
      if (is_hidden(child.name) || !matches_name(parts[part], child.name)) continue;
      const std::string path = relative + child.name;
      if (child.kind == GraphItem::Kind::file && last) found_.push_back({path, child});
      if (child.kind != GraphItem::Kind::folder) continue;
      if (any_depth) TRY_STATUS(matching(child, path + "/", part));
      if (!any_depth && !last) TRY_STATUS(matching(child, path + "/", part + 1));
    }
    return {};
  }

  void keep_newest() {
    const auto newest =
        std::max_element(found_.begin(), found_.end(), [](const Found& a, const Found& b) {
          return std::pair(a.item.modified_ms, a.relative) <
                 std::pair(b.item.modified_ms, b.relative);
        });
    found_ = {*newest};
  }

  // When it is not there: what is.

  /// Names the first part of the path that is not there, and what stands in its place.
  tl::unexpected<Error> not_there(std::size_t end) {
    if (!address_.item_id.empty() && end == 0)
      return fail(ErrorKind::missing, fmt::format("no item at {}", address_.shown()),
                  "it was deleted, or its id belongs to another library");
    for (std::size_t i = end; i-- > library_;) {
      auto item = item_at(i);
      if (!item) return fail_with(std::move(item));
      if (!*item) continue;
      return fail(ErrorKind::missing,
                  fmt::format("no '{}' in {}", address_.parts[i], address_.shown(i)),
                  holds(**item, address_.parts[i]) + encoding_hint(address_.parts[i]));
    }
    return fail(ErrorKind::missing, fmt::format("nothing at {}", address_.shown()),
                "the library itself cannot be read");
  }

  std::string holds(const GraphItem& folder, const std::string& wanted) {
    if (folder.kind != GraphItem::Kind::folder)
      return fmt::format("'{}' is not a folder", folder.name);
    std::vector<std::string> names;
    if (const auto children = graph_.children(drive_, folder.id, kNamesLooked);
        children && *children)
      for (const auto& child : **children) names.push_back(child.name);
    if (names.empty()) return "the folder is empty; is the delivery late, or `location` wrong?";
    return fmt::format("there is {}; is the delivery late, or `location` wrong?",
                       some_of(std::move(names), wanted));
  }

  tl::unexpected<Error> nothing_matches() {
    std::string hint = "the folder is empty; is the delivery late, or `location` wrong?";
    auto folder = item_at(origin_parts_);
    if (folder && *folder)
      hint = holds(**folder,
                   origin_parts_ < address_.parts.size() ? address_.parts[origin_parts_] : "");
    return fail(ErrorKind::missing, fmt::format("nothing at {}", address_.shown()), hint);
  }

  // Bringing it.

  RemoteFile remote(const Found& file) const {
    return {origin_, file.relative, file.item.tag, file.item.size_bytes, file.item.modified_ms};
  }

  Result<DeliveredFile> bring(Inbox& inbox, Found& file) {
    for (int tries = 1;; ++tries) {
      if (file.item.size_bytes == 0)
        return fail(Defect::empty, fmt::format("{}{} is empty (0 bytes)", origin_, file.relative),
                    "an empty file is not a delivery; ask its sender for it again");
      TRY_ASSIGN(const auto kept, inbox.kept(remote(file)));
      if (kept) return inbox.reuse(remote(file));
      TRY_ASSIGN(const auto part, inbox.part(remote(file)));
      auto done = graph_.download(drive_, file.item, part);
      if (done) return inbox.publish(remote(file), done->digests.sha256);
      if (done.error().kind != ErrorKind::data) return fail_with(std::move(done));
      inbox.discard(remote(file));
      // Somebody may have saved another version while this one came.
      TRY_ASSIGN(const auto now, graph_.item_by_id(drive_, file.item.id));
      if (!now || now->tag == file.item.tag || tries == kVersionsTried)
        return fail_with(std::move(done));
      file.item = *now;
    }
  }

  SharePointAddress address_;
  Graph graph_;
  const Source& source_;
  const FetchContext& context_;
  std::string drive_;
  std::size_t library_ = 0;  ///< so many of the parts name the library
  std::size_t subsites_ = 0;
  std::size_t origin_parts_ = 0;
  std::string origin_;
  bool is_folder_ = false;
  std::vector<Found> found_;
};

/// A key that nobody reads is a mistake that nobody sees.
Status check_keys(const Auth& auth) {
  static constexpr std::array<std::string_view, 10> kKeys{
      "tenant",      "client_id",  "client_secret", "certificate", "key_file",
      "private_key", "passphrase", "authority",     "endpoint",    "ca_file"};
  for (const auto& [key, text] : auth)
    if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end())
      return fail(ErrorKind::config, fmt::format("auth: sharepoint:// does not use '{}'", key),
                  "it knows tenant, client_id; client_secret, or certificate, key_file or "
                  "private_key, and passphrase; endpoint, authority, ca_file");
  return {};
}

Status require(const Secrets& secrets, const char* key, const char* example) {
  if (!secret_of(secrets, key).empty()) return {};
  return fail(ErrorKind::config, fmt::format("`auth` has no `{}`", key),
              fmt::format("SharePoint is read as an application: auth: {{ {} }}", example));
}

/// The token and the secret that gets it are sent there.
Status require_https(const char* key, const std::string& address) {
  if (address.starts_with("https://")) return {};
  return fail(ErrorKind::config,
              fmt::format("`{}` is not an https address: {}", key, shown_url(address)),
              "write https://");
}

Result<AppCredentials> credentials_of(const Secrets& secrets, const MicrosoftCloud& cloud,
                                      const std::string& endpoint) {
  constexpr const char* kExample =
      "tenant: contoso.com, client_id: \"${env:CLIENT_ID}\", client_secret: "
      "\"${env:CLIENT_SECRET}\"";
  TRY_STATUS(require(secrets, "tenant", kExample));
  TRY_STATUS(require(secrets, "client_id", kExample));
  const auto text = [&](const char* key) { return secret_of(secrets, key).reveal(); };
  AppCredentials out;
  out.authority = text("authority").empty() ? cloud.authority : text("authority");
  TRY_STATUS(require_https("authority", out.authority));
  out.tenant = text("tenant");
  out.client_id = text("client_id");
  out.scope = endpoint + "/.default";
  const bool certificate = !secret_of(secrets, "certificate").empty();
  if (!certificate) TRY_STATUS(require(secrets, "client_secret", kExample));
  out.client_secret = secret_of(secrets, "client_secret");
  if (certificate && !out.client_secret.empty())
    return fail(ErrorKind::config, "`auth` has both `client_secret` and `certificate`",
                "keep the one the application is registered with");
  if (certificate) {
    TRY_ASSIGN(out.certificate, read_signing_certificate(text("certificate"), text("key_file"),
                                                         secret_of(secrets, "private_key"),
                                                         secret_of(secrets, "passphrase")));
  }
  return out;
}

Result<Delivery> find(const std::string& location, const Source& source,
                      const FetchContext& context) {
  TRY_ASSIGN(SharePointAddress address, sharepoint_address(location, source.location));
  TRY_STATUS(check_keys(source.auth));
  TRY_ASSIGN(const Secrets secrets, resolve(source.auth, context.stop));
  const MicrosoftCloud cloud = cloud_of(address.host);
  Graph::Options options;
  options.endpoint = cloud.graph;
  if (const auto& own = secret_of(secrets, "endpoint"); !own.empty())
    options.endpoint = own.reveal();
  options.endpoint = without_slash(std::move(options.endpoint));
  TRY_STATUS(require_https("endpoint", options.endpoint));
  options.stop = context.stop;
  options.tls.ca_file = secret_of(secrets, "ca_file").reveal();
  options.limits = server_limits(source);
  TRY_ASSIGN(AppCredentials credentials, credentials_of(secrets, cloud, options.endpoint));
  credentials.tls = options.tls;
  credentials.limits = options.limits;
  Graph graph(AppTokens(std::move(credentials), context.stop), options);
  return SharePointFiles(std::move(address), std::move(graph), source, context).find();
}

}  // namespace

Result<Delivery> find_sharepoint_files(const std::string& location, const Source& source,
                                       const FetchContext& context) {
  auto delivery = find(location, source, context);
  if (delivery) return delivery;
  Error error = std::move(delivery.error());
  if (error.what.starts_with("source '")) return tl::unexpected<Error>(std::move(error));
  if (error.what.find("sharepoint://") == std::string::npos)
    error.what = fmt::format("sharepoint://{}: {}", location, error.what);
  error.what = fmt::format("source '{}': {}", source.name, error.what);
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace quarentena
