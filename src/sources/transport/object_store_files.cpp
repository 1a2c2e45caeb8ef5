#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>

#include "sources/transport/inbox.h"
#include "sources/transport/server_limits.h"
#include "sources/transport/transport.h"
#include "store/digested_download.h"
#include "store/open_store.h"

/// Objects of S3, ADLS and GCS: one, a prefix, or those that a pattern matches.
namespace quarentena {
namespace {

tl::unexpected<Error> of_source(const Source& source, Error error) {
  error.what = fmt::format("source '{}': {}", source.name, error.what);
  return tl::unexpected<Error>(std::move(error));
}

bool is_pattern(const std::string& text) { return text.find_first_of("*?[") != std::string::npos; }

/// As Spark does: what a job leaves beside its data begins with `_` or `.`, at any depth.
bool is_hidden(const std::string& relative) {
  return relative[0] == '_' || relative[0] == '.' || relative.find("/_") != std::string::npos ||
         relative.find("/.") != std::string::npos;
}

/// `*` stays within a folder, `**` does not.
bool matches(const std::string& pattern, const std::string& path) {
  const int flags = pattern.find("**") == std::string::npos ? FNM_PATHNAME : 0;
  return fnmatch(pattern.c_str(), path.c_str(), flags) == 0;
}

struct Found {
  std::vector<StoredObject> objects;
  std::string base;  ///< what their paths have in common: "" or ends in a slash
  bool folder = false;
};

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

Result<Found> in_folder(const ObjectStore& store, std::string folder, StopFlag stop) {
  if (!folder.empty() && !folder.ends_with('/')) folder += '/';
  Found found{{}, folder, true};
  TRY_ASSIGN(auto listed, store.list(folder, stop));
  for (auto& object : listed) {
    const auto relative = object.path.substr(folder.size());
    if (!relative.empty() && !relative.ends_with('/') && !is_hidden(relative))
      found.objects.push_back(std::move(object));
  }
  return found;
}

Result<Found> by_pattern(const ObjectStore& store, const std::string& pattern, StopFlag stop) {
  const auto beginning = pattern.substr(0, pattern.find_first_of("*?["));
  Found found{{}, folder_of(beginning), false};
  TRY_ASSIGN(auto listed, store.list(beginning, stop));
  for (auto& object : listed)
    if (matches(pattern, object.path) && !is_hidden(object.path.substr(found.base.size())))
      found.objects.push_back(std::move(object));
  return found;
}

Result<Found> find_objects(const ObjectStore& store, const std::string& path, StopFlag stop) {
  if (is_pattern(path)) return by_pattern(store, path, stop);
  if (path.empty() || path.ends_with('/')) return in_folder(store, path, stop);
  TRY_ASSIGN(auto object, store.find(path, stop));
  if (!object) return in_folder(store, path, stop);
  return Found{{std::move(*object)}, folder_of(path), false};
}

RemoteFile remote_of(const ObjectStore& store, const Found& found, const StoredObject& object) {
  RemoteFile file;
  file.origin = store.name_of(found.base);
  file.relative = object.path.substr(found.base.size());
  file.etag = object.etag;
  file.size_bytes = object.size_bytes;
  file.modified_ms = object.modified_ms;
  return file;
}

/// Those that are here already stay; the others come together, side by side.
Result<std::vector<DeliveredFile>> bring(const ObjectStore& store, const Found& found, Inbox& inbox,
                                         StopFlag stop) {
  std::vector<RemoteFile> wanted;
  std::vector<Download> downloads;
  std::vector<DeliveredFile> files;
  for (const auto& object : found.objects) {
    const auto remote = remote_of(store, found, object);
    TRY_ASSIGN(const auto kept, inbox.kept(remote));
    if (kept) {
      TRY_ASSIGN(auto file, inbox.reuse(remote));
      files.push_back(std::move(file));
      continue;
    }
    TRY_ASSIGN(auto target, inbox.part(remote));
    downloads.push_back({object, std::move(target)});
    wanted.push_back(remote);
  }
  std::vector<std::string> digests;
  if (!downloads.empty()) {
    TRY_ASSIGN(digests, digested_download(store, downloads, stop));
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    TRY_ASSIGN(auto file, inbox.publish(wanted[i], digests[i]));
    files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

Status check_not_empty(const ObjectStore& store, const Found& found) {
  for (const auto& object : found.objects)
    if (object.size_bytes == 0)
      return fail(Defect::empty, fmt::format("{} is empty (0 bytes)", store.name_of(object.path)),
                  "an empty file is not a delivery; ask its sender for it again");
  return {};
}

Result<Delivery> deliver(const ObjectStore& store, const std::string& location,
                         const Source& source, const FetchContext& context) {
  const auto path = split_store_path(location).path;
  TRY_ASSIGN(const Found found, find_objects(store, path, context.stop));
  if (found.objects.empty())
    return fail(ErrorKind::missing, fmt::format("nothing at {}", location),
                "the bucket is there; is the delivery late, or `location` wrong?");
  TRY_STATUS(check_not_empty(store, found));
  TRY_ASSIGN(Inbox inbox, Inbox::open(context, source.name));
  TRY_ASSIGN(auto files, bring(store, found, inbox, context.stop));
  return inbox.delivery(std::move(files), {found.folder, store.name_of(found.base)});
}

}  // namespace

Result<Delivery> find_store_objects(const std::string& location, const Source& source,
                                    const FetchContext& context) {
  const auto scheme = source.location.substr(0, source.location.find("://") + 3);
  auto store = open_store(scheme + location, source.auth, context.stop, store_limits(source));
  if (!store) return of_source(source, std::move(store.error()));
  return find_in_store(**store, scheme + location, source, context);
}

Result<Delivery> find_in_store(const ObjectStore& store, const std::string& location,
                               const Source& source, const FetchContext& context) {
  auto delivery = deliver(store, location, source, context);
  if (!delivery) return of_source(source, std::move(delivery.error()));
  return delivery;
}

}  // namespace quarentena
