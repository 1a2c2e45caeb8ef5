#include "staging/kept_deliveries.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>

#include "base/files.h"
#include "base/sha256.h"
#include "staging/kept_folder.h"
#include "staging/manifest_json.h"
#include "staging/reading.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kIdDigits = 16;
constexpr int kAttempts = 20;
constexpr const char* kPutThere = ".put-there";  // it is in the remote folder, whole
constexpr std::int64_t kDayMs = 86'400'000;

/// Both come from reports and ledgers too, and become folders.
bool is_id(const std::string& id) {
  return id.size() == kIdDigits && id.find_first_not_of("0123456789abcdef") == std::string::npos;
}
bool is_source_name(const std::string& name) {
  return why_not_below(name).empty() && name.find('/') == std::string::npos && name.front() != '.';
}

/// The folder that the names of a delivery's files are below.
fs::path base_of(const Delivery& delivery) {
  if (!delivery.root.empty()) return delivery.root;
  fs::path base = delivery.files.front().path.parent_path();
  for (const auto& file : delivery.files) {
    const auto folder = file.path.parent_path();
    fs::path common;
    for (auto a = base.begin(), b = folder.begin();
         a != base.end() && b != folder.end() && *a == *b; ++a, ++b)
      common /= *a;
    base = common;
  }
  return base;
}

/// `data_carga=2024-05-28/canal=CRM/`: what a folder's name says of the rows below it.
std::string hive_values(const fs::path& name) {
  std::string out;
  for (const auto& part : name.parent_path())
    if (part.string().find('=') != std::string::npos) out += part.string() + "/";
  return out;
}

bool is_below(const fs::path& path, const fs::path& folder) {
  return !folder.empty() && why_not_below(path.lexically_relative(folder).string()).empty();
}

/// A table of this machine whose files are all there is to it, and as its log says: a damaged one
/// is for the judgement of the delivery, and only its version is kept.
bool has_its_own_files(const Delivery& delivery) {
  const auto& table = delivery.delta;
  if (!table || !delivery.files.empty() || table->store || !table->plain_parquet ||
      !table->partition_columns.empty() || table->files.empty())
    return false;
  return std::all_of(table->files.begin(), table->files.end(), [](const DeltaFile& file) {
    std::error_code error;
    const auto size = fs::file_size(file.path, error);
    return !error && size == static_cast<std::uintmax_t>(file.size_bytes);
  });
}

Result<std::string> read_text(const fs::path& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  if (in) out << in.rdbuf();
  if (!in) return tl::unexpected<Error>(disk_error(file, "read", errno));
  return std::move(out).str();
}

/// What is to be copied: the delivery's files, or a Delta table's where they are all there is to
/// it.
Result<std::vector<DeliveredFile>> files_to_keep(const Delivery& delivery) {
  if (!has_its_own_files(delivery)) return delivery.files;
  std::vector<DeliveredFile> out;
  for (const auto& file : delivery.delta->files) {
    TRY_ASSIGN(std::string digest, sha256_of_file(file.path));
    out.push_back({file.path, file.size_bytes, modified_ms(file.path), std::move(digest)});
  }
  return out;
}

Result<std::vector<Manifest::File>> list_files(const Source& source, const Delivery& delivery,
                                               const std::vector<DeliveredFile>& files) {
  std::vector<Manifest::File> out;
  if (files.empty()) return out;
  const fs::path base =
      delivery.files.empty() ? fs::path(delivery.delta->location) : base_of(delivery);
  for (const auto& file : files) {
    const auto name = file.path.lexically_relative(base).string();
    if (const auto why = why_not_below(name); !why.empty())
      return fail(ErrorKind::data, fmt::format("source '{}': {} cannot be kept as '{}': {}",
                                               source.name, file.path.string(), name, why));
    out.push_back({name, file.size_bytes, file.modified_ms, file.sha256});
  }
  return out;
}

/// A file of it was removed or cut by somebody; empty: it is whole.
std::string what_is_wrong(const fs::path& folder, const Manifest& manifest) {
  for (const auto& file : manifest.files) {
    const auto path = folder / kFiles / file.name;
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode))
      return fmt::format("{} is not there", path.string());
    if (about.st_size != file.size_bytes)
      return fmt::format("{} has {} bytes, and had {} when it was kept", path.string(),
                         about.st_size, file.size_bytes);
  }
  return {};
}

/// "deliveries/crm/0123456789abcdef/"
std::string remote_path(const std::string& source, const std::string& id) {
  return fmt::format("deliveries/{}/{}/", source, id);
}

tl::unexpected<Error> not_kept(const Source& source, const std::string& id) {
  return fail(ErrorKind::missing,
              fmt::format("source '{}': delivery {} is not kept", source.name, id),
              "it is older than `keep_days`, or somebody removed it; load a day that is kept");
}

Result<Delivery> open_delta(const Source& source, const Manifest& manifest,
                            const FetchContext& context) {
  Source then = source;
  DeltaOptions options;
  options.version = manifest.delta_version;
  then.format = options;
  then.location = manifest.origin;
  auto day = context;
  day.data_carga = manifest.data_carga;
  TRY_ASSIGN(Delivery delivery, fetch(then, day));
  if (delivery.digest != manifest.digest)
    return fail(ErrorKind::missing,
                fmt::format("source '{}': version {} of {} is not what was delivered as {}",
                            source.name, *manifest.delta_version, manifest.origin, manifest.id),
                "somebody made the table again; load a day that is kept");
  // The log outlives the files: VACUUM removes those, and only those, that no newer version has.
  for (const auto& file : delivery.delta->files) {
    std::error_code error;
    if (delivery.delta->store || fs::exists(file.path, error)) continue;
    return fail(ErrorKind::missing,
                fmt::format("source '{}': {} of version {} of {} is not there any more",
                            source.name, file.path, *manifest.delta_version, manifest.origin),
                "VACUUM removed it; let the table's owner keep its versions for longer");
  }
  return delivery;
}

/// The kept files as the table they were.
void become_delta(Delivery& delivery, const Manifest& manifest) {
  auto& table = delivery.delta.emplace();
  table.location = manifest.origin;
  table.version = *manifest.delta_version;
  table.timestamp_ms = manifest.fetched_ms;
  table.columns = manifest.delta_columns;
  table.plain_parquet = true;
}

}  // namespace

KeptDeliveries::KeptDeliveries(fs::path staging, std::shared_ptr<const RemoteFolder> remote)
    : root_(std::move(staging) / "deliveries"), remote_(std::move(remote)) {}

fs::path KeptDeliveries::folder(const std::string& source, const std::string& id) const {
  return root_ / source / id;
}

std::string KeptDeliveries::id_of(const Source& source, const Delivery& delivery) {
  Sha256 id;
  id.add_field(delivery.digest);
  // The same bytes under another `canal=` are other rows.
  std::vector<std::string> values;
  for (const auto& file : delivery.files) {
    if (delivery.root.empty()) break;
    const auto hive = hive_values(file.path.lexically_relative(delivery.root));
    if (!hive.empty()) values.push_back(hive + file.sha256);
  }
  std::sort(values.begin(), values.end());
  for (const auto& value : values) id.add_field(value);
  const bool copied = delivery.delta && !delivery.files.empty();
  if (copied || delivery.only_table_has_rows()) {
    for (const auto* mapping : source.mappings())
      if (!mapping->constant) id.add_field(mapping->column);
    id.add_field(source.where);
  }
  return id.hex().substr(0, kIdDigits);
}

namespace {

/// A table whose files did not change at a newer version is the same delivery, and the newer
/// version stays readable for longer.
void remember_newer_version(const fs::path& folder, Manifest kept, const Delivery& delivery) {
  if (!delivery.delta || !kept.delta_version || *kept.delta_version >= delivery.delta->version)
    return;
  kept.delta_version = delivery.delta->version;
  // Best effort: the version that is written down is right too.
  (void)replace_text(folder / kManifest, manifest_json(kept));
}

/// What is kept there, when it is whole.
std::optional<Manifest> whole_in(const fs::path& folder) {
  const auto text = read_text(folder / kManifest);
  if (!text) return std::nullopt;
  auto manifest = read_manifest_json(*text);
  if (!manifest || !what_is_wrong(folder, *manifest).empty()) return std::nullopt;
  return std::move(*manifest);
}

/// It is kept already, and stays for another while.
bool is_kept(const fs::path& folder, const Delivery& delivery) {
  const auto lock = FolderLock::take(folder, FolderLock::How::shared);
  if (!lock) return false;
  const auto manifest = whole_in(folder);
  if (!manifest) return false;
  lock->touch();
  remember_newer_version(folder, *manifest, delivery);
  return true;
}

Manifest manifest_of(const Source& source, const Delivery& delivery,
                     const KeptDeliveries::Circumstances& circumstances) {
  Manifest out;
  out.id = KeptDeliveries::id_of(source, delivery);
  out.source = source.name;
  out.origin = circumstances.origin;
  out.digest = delivery.digest;
  out.size_bytes = delivery.size_bytes;
  out.fetched_ms = now_ms();
  out.data_carga = circumstances.data_carga;
  out.run_id = circumstances.run_id;
  out.folder = !delivery.root.empty();
  if (delivery.delta) out.delta_version = delivery.delta->version;
  if (delivery.delta && (has_its_own_files(delivery) || !delivery.files.empty()))
    out.delta_columns = delivery.delta->columns;
  out.reading = reading_of(source);
  return out;
}

}  // namespace

Result<std::string> KeptDeliveries::keep(const Source& source, const Delivery& delivery,
                                         const Circumstances& circumstances) const {
  TRY_ASSIGN(const std::string id, keep_here(source, delivery, circumstances));
  if (remote_) TRY_STATUS(put_there(source.name, id));
  return id;
}

Result<std::string> KeptDeliveries::keep_here(const Source& source, const Delivery& delivery,
                                              const Circumstances& circumstances) const {
  auto manifest = manifest_of(source, delivery, circumstances);
  const auto target = folder(source.name, manifest.id);
  if (is_kept(target, delivery)) return manifest.id;
  TRY_ASSIGN(const auto files, files_to_keep(delivery));
  TRY_ASSIGN(manifest.files, list_files(source, delivery, files));
  TRY_ASSIGN(Draft draft, Draft::make(target.parent_path()));
  for (std::size_t i = 0; i < manifest.files.size(); ++i) {
    const auto& file = files[i];
    const bool copied_rows = delivery.delta && !delivery.files.empty();
    const bool ours = copied_rows || is_below(file.path, circumstances.inbox);
    auto added =
        draft.add(file, manifest.files[i].name, ours ? Draft::Bring::link : Draft::Bring::copy);
    if (!added) {
      added.error().what = fmt::format("source '{}': {}", source.name, added.error().what);
      return fail_with(std::move(added));
    }
  }
  TRY_STATUS(draft.add_manifest(manifest_json(manifest)));
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    TRY_ASSIGN(const bool published, draft.publish(target));
    // Somebody else kept the same at the same time, or what is there was damaged.
    if (published || is_kept(target, delivery)) return manifest.id;
    remove_unless_read(target, [&] { return !whole_in(target); });
  }
  return fail(ErrorKind::machine,
              fmt::format("source '{}': {} is damaged and in use", source.name, target.string()),
              "remove that folder when no run is under way, and run again");
}

Status KeptDeliveries::put_there(const std::string& source, const std::string& id) const {
  const auto here = folder(source, id);
  const auto mark = here / kPutThere;
  std::error_code error;
  if (fs::exists(mark, error)) return {};
  TRY_ASSIGN(const auto kept, manifest_here(source, id));
  if (!kept) return {};
  const auto there = remote_path(source, id);
  for (const auto& file : kept->files)
    TRY_STATUS(remote_->put(here / kFiles / file.name, there + kFiles + "/" + file.name));
  TRY_STATUS(remote_->put(here / kManifest, there + kManifest));
  return replace_text(mark, "");
}

/// As keep() leaves it: whole and checked, or not at all.
Status KeptDeliveries::bring_back(const std::string& source, const std::string& id) const {
  const auto there = remote_path(source, id);
  TRY_ASSIGN(Draft draft, Draft::make(root_ / source));
  TRY_ASSIGN(const auto first, draft.place_for(kManifest));
  auto got = remote_->get(there + kManifest, first);
  if (!got) return got.error().kind == ErrorKind::missing ? Status{} : got;
  TRY_ASSIGN(const std::string text, read_text(first));
  TRY_ASSIGN(const Manifest manifest, read_manifest_json(text));
  std::error_code ignored;
  fs::remove(first, ignored);
  for (const auto& file : manifest.files) {
    TRY_STATUS(check_relative(file.name));
    TRY_ASSIGN(const auto place, draft.place_for(file.name));
    TRY_STATUS(remote_->get(there + kFiles + "/" + file.name, place));
    TRY_ASSIGN(const std::string digest, sha256_of_file(place));
    if (digest != file.sha256)
      return fail(ErrorKind::data,
                  fmt::format("{} is not what was kept: its SHA-256 differs",
                              remote_->name_of(there + kFiles + "/" + file.name)),
                  "put the file back from a backup, or remove its folder there");
  }
  TRY_STATUS(draft.add_manifest(text));
  TRY_ASSIGN(const bool published, draft.publish(folder(source, id)));
  if (published) TRY_STATUS(replace_text(folder(source, id) / kPutThere, ""));
  return {};
}

Result<std::optional<Manifest>> KeptDeliveries::manifest(const std::string& source,
                                                         const std::string& id) const {
  if (!is_source_name(source) || !is_id(id)) return std::nullopt;
  TRY_ASSIGN(auto here, manifest_here(source, id));
  if (here || !remote_) return here;
  TRY_STATUS(bring_back(source, id));
  return manifest_here(source, id);
}

Result<std::optional<Manifest>> KeptDeliveries::manifest_here(const std::string& source,
                                                              const std::string& id) const {
  const auto file = folder(source, id) / kManifest;
  std::error_code error;
  if (!fs::exists(file, error) && !error) return std::nullopt;
  TRY_ASSIGN(const std::string text, read_text(file));
  auto manifest = read_manifest_json(text);
  if (manifest) return std::move(*manifest);
  auto failure = std::move(manifest.error());
  failure.what =
      fmt::format("source '{}': {} cannot be used: {}", source, file.string(), failure.what);
  return tl::unexpected<Error>(std::move(failure));
}

std::vector<Manifest> KeptDeliveries::manifests(const std::string& source) const {
  std::vector<Manifest> out;
  if (!is_source_name(source)) return out;
  std::set<std::string> ids;
  std::error_code error;
  for (fs::directory_iterator at(root_ / source, error), end; !error && at != end;
       at.increment(error))
    ids.insert(at->path().filename().string());
  if (remote_)
    if (const auto there = remote_->list(fmt::format("deliveries/{}", source)))
      for (const auto& entry : *there)
        if (fs::path(entry.relative).filename() == kManifest)
          ids.insert(fs::path(entry.relative).parent_path().filename().string());
  for (const auto& id : ids) {
    auto found = manifest(source, id);
    if (found && *found) out.push_back(std::move(**found));
  }
  std::sort(out.begin(), out.end(), [](const Manifest& a, const Manifest& b) {
    return std::tie(a.fetched_ms, a.id) < std::tie(b.fetched_ms, b.id);
  });
  return out;
}

Result<Delivery> KeptDeliveries::open(const Source& source, const std::string& id,
                                      const FetchContext& context) const {
  if (!is_source_name(source.name) || !is_id(id)) return not_kept(source, id);
  const auto kept = folder(source.name, id);
  TRY_STATUS(manifest(source.name, id));  // from elsewhere, when it is not here
  auto lock = FolderLock::take(kept, FolderLock::How::shared);
  if (!lock && errno == ENOENT) return not_kept(source, id);
  if (!lock) return tl::unexpected<Error>(disk_error(kept, "read", errno));
  TRY_ASSIGN(const auto found, manifest(source.name, id));
  if (!found) return not_kept(source, id);
  const bool from_table = found->delta_version && found->delta_columns.empty();
  if (from_table) return open_delta(source, *found, context);
  if (const auto wrong = what_is_wrong(kept, *found); !wrong.empty())
    return fail(ErrorKind::data,
                fmt::format("source '{}': delivery {} is damaged: {}", source.name, id, wrong),
                "put the file back from a backup, or remove the folder and fetch the source again");
  Delivery out;
  for (const auto& file : found->files)
    out.files.push_back(
        {kept / kFiles / file.name, file.size_bytes, file.modified_ms, file.sha256});
  if (found->delta_version) become_delta(out, *found);
  if (found->folder) out.root = kept / kFiles;
  out.size_bytes = found->size_bytes;
  out.digest = found->digest;
  out.lease = std::move(lock);
  return out;
}

Status KeptDeliveries::accepted(const Source& source, const std::string& id) const {
  TRY_ASSIGN(auto kept, manifest_here(source.name, id));
  auto now = reading_of(source);
  if (!kept || kept->reading == now) return {};
  kept->reading = std::move(now);
  const auto file = folder(source.name, id) / kManifest;
  TRY_STATUS(replace_text(file, manifest_json(*kept)));
  return remote_ ? remote_->put(file, remote_path(source.name, id) + kManifest) : Status{};
}

std::optional<Source> KeptDeliveries::source_then(const Source& source,
                                                  const std::string& id) const {
  const auto found = manifest(source.name, id);
  if (!found || !*found || (*found)->reading == reading_of(source)) return std::nullopt;
  return read_as(source, (*found)->reading);
}

/// The manifest first: what has none is not kept.
void KeptDeliveries::remove_there(const std::string& source, const std::string& id) const {
  if (!remote_ || !remote_->remove(remote_path(source, id) + kManifest)) return;
  if (const auto files = remote_->list(remote_path(source, id) + kFiles))
    for (const auto& file : *files) (void)remote_->remove(file.relative);
}

void KeptDeliveries::prune(const std::string& source, const std::set<std::string>& in_use,
                           int keep_days) const {
  if (!is_source_name(source)) return;
  remove_dead_drafts(root_ / source);
  const auto than_ms = now_ms() - keep_days * kDayMs;
  std::error_code error;
  std::vector<std::string> ids;
  for (fs::directory_iterator at(root_ / source, error), end; !error && at != end;
       at.increment(error))
    ids.push_back(at->path().filename().string());
  for (const auto& id : ids) {
    if (!is_id(id) || in_use.contains(id)) continue;
    const auto kept = folder(source, id);
    // keep() touches what came again: another run may have decided to use it meanwhile.
    const auto is_old = [&] {
      const auto found = manifest(source, id);
      const auto fetched_ms = found && *found ? (*found)->fetched_ms : 0;
      return std::max({fetched_ms, modified_ms(kept / kManifest)}) < than_ms;
    };
    if (is_old() && remove_unless_read(kept, is_old)) remove_there(source, id);
  }
}

}  // namespace quarentena
