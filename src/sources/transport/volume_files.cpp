#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/slashes.h"
#include "net/databricks_client.h"
#include "sources/transport/inbox.h"
#include "sources/transport/server_limits.h"
#include "sources/transport/transport.h"

/// Files of a Unity Catalog volume, through the Files API of Databricks. `settle` has no meaning
/// here: an upload is not there before it is whole.
namespace quarentena {
namespace {

using nlohmann::json;

constexpr std::size_t kVolumeParts = 3;  // catalog, schema, volume
constexpr int kDeepest = 32;
constexpr std::size_t kNamesShown = 8;
constexpr int kVersionsTried = 3;

bool is_pattern(const std::string& text) { return text.find_first_of("*?[") != std::string::npos; }
bool is_hidden(const std::string& name) { return name.empty() || name[0] == '_' || name[0] == '.'; }

struct Entry {
  std::string name;
  bool folder = false;
  std::int64_t size_bytes = 0;
  std::int64_t modified_ms = 0;
};

struct Found {
  std::string path;  ///< below /Volumes/: "catalog/schema/volume/a.csv"
  std::int64_t size_bytes = 0;
  std::int64_t modified_ms = 0;
};

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < path.size();) {
    const auto slash = std::min(path.find('/', at), path.size());
    if (slash > at) parts.push_back(path.substr(at, slash - at));
    at = slash + 1;
  }
  return parts;
}

std::string joined(const std::vector<std::string>& parts, std::size_t end) {
  return fmt::format("{}", fmt::join(parts.begin(), parts.begin() + static_cast<long>(end), "/"));
}

/// How many leading parts of the location are folders that are the same every day.
std::size_t stable_parts(const std::vector<std::string>& parts, const std::string& written) {
  const auto rest = written.substr(written.find("://") + 3);
  const auto steady = split(rest.substr(0, rest.find('{')));
  std::size_t same = 0;
  while (same < std::min(parts.size(), steady.size()) && parts[same] == steady[same] &&
         !is_pattern(parts[same]))
    ++same;
  return same;
}

class VolumeFiles {
 public:
  VolumeFiles(std::shared_ptr<DatabricksClient> client, const std::string& location,
              const Source& source, const FetchContext& context)
      : client_(std::move(client)),
        source_(source),
        context_(context),
        parts_(split(location)),
        whole_folder_(location.ends_with('/')),
        stable_(stable_parts(parts_, source.location)) {}

  Result<Delivery> find() {
    TRY_STATUS(look());
    if (found_.empty()) return nothing_there();
    if (source_.take == Take::newest) keep_newest();
    TRY_ASSIGN(Inbox inbox, Inbox::open(context_, source_.name));
    std::vector<DeliveredFile> files;
    for (auto& file : found_) {
      TRY_ASSIGN(DeliveredFile brought, bring(inbox, file));
      files.push_back(std::move(brought));
    }
    return inbox.delivery(std::move(files), {is_folder_, origin()});
  }

 private:
  std::string shown(const std::string& path) const {
    return fmt::format("{}/Volumes/{}", client_->host(), path);
  }
  std::string origin() const { return shown(joined(parts_, base_parts_)) + "/"; }

  static std::string api(const char* kind, const std::string& path) {
    return fmt::format("/api/2.0/fs/{}/Volumes/{}", kind, percent_encoded(path, Slash::keep));
  }

  Error refused(const std::string& path, const HttpResponse& response) const {
    auto error = client_->error_of(fmt::format("read {}", shown(path)), response);
    if (response.status == 403)
      error.hint = fmt::format("ask for READ VOLUME on {}, and USE SCHEMA and USE CATALOG above it",
                               fmt::join(parts_.begin(), parts_.begin() + kVolumeParts, "."));
    return error;
  }

  // What is there.

  /// nullopt: no such file.
  Result<std::optional<Found>> file_at(const std::string& path) const {
    TRY_ASSIGN(const HttpResponse response,
               client_->call("HEAD", api("files", path), {}, context_.stop));
    if (response.status == 404) return std::nullopt;
    if (!response.ok()) return tl::unexpected<Error>(refused(path, response));
    Found found{path, 0, http_date_ms(response.header("last-modified")).value_or(0)};
    const auto& size = response.header("content-length");
    found.size_bytes = size.empty() ? -1 : std::strtoll(size.c_str(), nullptr, 10);
    return found;
  }

  /// nullopt: no such folder.
  Result<std::optional<std::vector<Entry>>> list(const std::string& path) const {
    std::vector<Entry> entries;
    std::string page;
    do {
      auto address = api("directories", path);
      if (!page.empty()) address += "?page_token=" + percent_encoded(page);
      TRY_ASSIGN(const HttpResponse response, client_->call("GET", address, {}, context_.stop));
      if (response.status == 404) return std::nullopt;
      if (!response.ok()) return tl::unexpected<Error>(refused(path, response));
      const auto answer = json::parse(response.body, nullptr, false);
      if (!answer.is_object())
        return fail(ErrorKind::data,
                    fmt::format("{} answered something that is no list of files", shown(path)),
                    "is `host` the address of a Databricks workspace?");
      TRY_STATUS(take_entries(answer.value("contents", json::array()), path, entries));
      const auto next = answer.value("next_page_token", std::string());
      if (!next.empty() && next == page)
        return fail(ErrorKind::transient, fmt::format("{} lists the same page again", shown(path)));
      page = next;
    } while (!page.empty());
    return entries;
  }

  Status take_entries(const json& contents, const std::string& path,
                      std::vector<Entry>& out) const {
    for (const auto& each : contents) {
      Entry entry;
      if (each.is_object() && each.contains("path") && each["path"].is_string()) {
        entry.name = without_slash(each["path"].get<std::string>());
        entry.name = entry.name.substr(entry.name.rfind('/') + 1);
        entry.folder = each.value("is_directory", false);
        entry.size_bytes = each.value("file_size", std::int64_t{0});
        entry.modified_ms = each.value("last_modified", std::int64_t{0});
      }
      if (entry.name.empty() || entry.name == "..")
        return fail(ErrorKind::data, fmt::format("{} lists a file without a name", shown(path)));
      out.push_back(std::move(entry));
    }
    return {};
  }

  Status look() {
    const auto pattern = static_cast<std::size_t>(
        std::find_if(parts_.begin(), parts_.end(), is_pattern) - parts_.begin());
    if (pattern < kVolumeParts)
      return fail(ErrorKind::config, "a pattern in the name of the volume",
                  "catalog, schema and volume are written out; patterns come after them");
    if (pattern < parts_.size()) {
      base_parts_ = std::max(kVolumeParts, std::min(stable_, pattern));
      return matching(joined(parts_, pattern), pattern);
    }
    const auto path = joined(parts_, parts_.size());
    if (!whole_folder_ && parts_.size() > kVolumeParts) {
      TRY_ASSIGN(const auto file, file_at(path));
      if (file) {
        base_parts_ = std::max(kVolumeParts, std::min(stable_, parts_.size() - 1));
        found_.push_back(*file);
        return {};
      }
    }
    base_parts_ = parts_.size();
    is_folder_ = true;
    return all_in(path, 0);
  }

  Status all_in(const std::string& folder, int depth) {
    TRY_ASSIGN(const auto entries, list(folder));
    if (!entries) return {};
    for (const auto& entry : *entries) {
      if (is_hidden(entry.name)) continue;
      const auto path = folder + "/" + entry.name;
      if (!entry.folder) found_.push_back({path, entry.size_bytes, entry.modified_ms});
      if (entry.folder && depth < kDeepest) TRY_STATUS(all_in(path, depth + 1));
    }
    return {};
  }

  /// `**` is any number of folders, none too.
  Status matching(const std::string& folder, std::size_t part) {
    const bool any_depth = parts_[part] == "**";
    const bool last = part + 1 == parts_.size();
    if (any_depth && !last) TRY_STATUS(matching(folder, part + 1));
    TRY_ASSIGN(const auto entries, list(folder));
    if (!entries) return {};
    for (const auto& entry : *entries) {
      if (is_hidden(entry.name) || fnmatch(parts_[part].c_str(), entry.name.c_str(), 0) != 0)
        continue;
      const auto path = folder + "/" + entry.name;
      if (!entry.folder && last) found_.push_back({path, entry.size_bytes, entry.modified_ms});
      if (entry.folder && any_depth) TRY_STATUS(matching(path, part));
      if (entry.folder && !any_depth && !last) TRY_STATUS(matching(path, part + 1));
    }
    return {};
  }

  void keep_newest() {
    found_ = {*std::max_element(found_.begin(), found_.end(), [](const Found& a, const Found& b) {
      return std::pair(a.modified_ms, a.path) < std::pair(b.modified_ms, b.path);
    })};
  }

  // When it is not there: what is.

  tl::unexpected<Error> nothing_there() const {
    const auto nothing = fmt::format("nothing at {}", shown(joined(parts_, parts_.size())));
    for (auto end = parts_.size(); end >= kVolumeParts; --end) {
      if (std::any_of(parts_.begin(), parts_.begin() + static_cast<long>(end), is_pattern))
        continue;
      const auto folder = joined(parts_, end);
      auto entries = list(folder);
      if (!entries) return fail_with(std::move(entries));
      if (!*entries) continue;
      return fail(ErrorKind::missing, nothing,
                  fmt::format("{} holds {}; is the delivery late, or `location` wrong?",
                              shown(folder), names_of(**entries)));
    }
    return fail(ErrorKind::missing, nothing,
                fmt::format("there is no volume {}, or nobody gave you READ VOLUME on it",
                            fmt::join(parts_.begin(), parts_.begin() + kVolumeParts, ".")));
  }

  static std::string names_of(const std::vector<Entry>& entries) {
    if (entries.empty()) return "nothing";
    std::vector<std::string> names;
    for (const auto& entry : entries)
      names.push_back(fmt::format("'{}{}'", entry.name, entry.folder ? "/" : ""));
    std::sort(names.begin(), names.end());
    if (names.size() <= kNamesShown) return fmt::format("{}", fmt::join(names, ", "));
    const auto more = names.size() - kNamesShown;
    names.resize(kNamesShown);
    return fmt::format("{} and {} more", fmt::join(names, ", "), more);
  }

  // Bringing it.

  RemoteFile remote(const Found& file) const {
    RemoteFile out;
    out.origin = origin();
    out.relative = file.path.substr(joined(parts_, base_parts_).size() + 1);
    if (file.size_bytes >= 0) out.size_bytes = file.size_bytes;
    out.modified_ms = file.modified_ms;
    return out;
  }

  Result<DeliveredFile> bring(Inbox& inbox, Found& file) {
    for (int tries = 1;; ++tries) {
      if (file.size_bytes == 0)
        return fail(Defect::empty, fmt::format("{} is empty (0 bytes)", shown(file.path)),
                    "an empty file is not a delivery; ask its sender for it again");
      TRY_ASSIGN(const auto kept, inbox.kept(remote(file)));
      if (kept) return inbox.reuse(remote(file));
      auto done = fetch(inbox, file);
      if (done) return inbox.publish(remote(file), done->digests.sha256);
      if (done.error().kind != ErrorKind::data) return fail_with(std::move(done));
      inbox.discard(remote(file));
      // Somebody may have uploaded another version while this one came.
      TRY_ASSIGN(const auto now, file_at(file.path));
      const bool changed = now && (now->size_bytes != file.size_bytes ||
                                   now->modified_ms / 1000 != file.modified_ms / 1000);
      if (!changed || tries == kVersionsTried) return fail_with(std::move(done));
      file = *now;
    }
  }

  Result<Downloaded> fetch(Inbox& inbox, const Found& file) {
    const auto request = [client = client_, path = api("files", file.path), stop = context_.stop] {
      return client->request("GET", path, {}, stop);
    };
    HttpDownload what;
    TRY_ASSIGN(what.request, request());
    TRY_ASSIGN(what.part, inbox.part(remote(file)));
    what.retry = client_->limits().retry;
    what.max_connections = server_limits(source_).max_connections;
    if (file.size_bytes > 0) what.expected_size = file.size_bytes;
    if (client_->renewable())
      what.renew = [request, client = client_]() {
        client->renew();
        return request();
      };
    auto got = download(what);
    if (!got && got.error().kind == ErrorKind::auth && got.error().hint.empty())
      got.error().hint = "is the token still good, and may it READ VOLUME?";
    return got;
  }

  std::shared_ptr<DatabricksClient> client_;
  const Source& source_;
  const FetchContext& context_;
  std::vector<std::string> parts_;
  bool whole_folder_;
  std::size_t stable_;
  std::size_t base_parts_ = kVolumeParts;  // so many of the parts name the folder of origin()
  bool is_folder_ = false;
  std::vector<Found> found_;
};

}  // namespace

Result<Delivery> find_volume_files(const std::string& location, const Source& source,
                                   const FetchContext& context) {
  const auto of_source = [&](Error error) {
    if (!error.what.starts_with("source '"))
      error.what = fmt::format("source '{}': {}", source.name, error.what);
    return tl::unexpected<Error>(std::move(error));
  };
  auto login = databricks_login(source.auth, context.stop);
  if (!login) return of_source(std::move(login.error()));
  login->limits = server_limits(source);
  auto delivery =
      VolumeFiles(DatabricksClient::of(std::move(*login)), location, source, context).find();
  if (!delivery) return of_source(std::move(delivery.error()));
  return delivery;
}

}  // namespace quarentena
