#include "sources/transport/inbox.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "base/date.h"
#include "base/files.h"
#include "base/sha256.h"
#include "net/retry.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;
constexpr std::chrono::minutes kLockWait{10};
constexpr std::int64_t kDayMs = 86'400'000;

std::string short_digest(const std::string& text, std::size_t digits) {
  Sha256 digest;
  digest.add(text);
  return digest.hex().substr(0, digits);
}

/// Why a server's name cannot be a path below the folder; empty when it can.
std::string why_not_a_name(const std::string& relative) {
  const auto parts = "/" + relative + "/";
  if (parts.find("/.meta/") != std::string::npos) return "it is the inbox's own";
  return why_not_below(relative);
}

struct Meta {
  RemoteFile file;
  std::int64_t delivered_ms = 0;
};

std::optional<Meta> read_meta(const fs::path& path) {
  std::ifstream in(path);
  if (!in) return {};
  const auto value = json::parse(in, nullptr, false);
  if (!value.is_object()) return {};
  try {
    Meta meta;
    meta.file.origin = value.at("origin").get<std::string>();
    meta.file.relative = value.at("relative").get<std::string>();
    meta.file.etag = value.at("etag").get<std::string>();
    meta.file.size_bytes = value.at("size_bytes").get<std::int64_t>();
    meta.file.modified_ms = value.at("modified_ms").get<std::int64_t>();
    meta.delivered_ms = value.at("delivered_ms").get<std::int64_t>();
    return meta;
  } catch (const json::exception&) {
    return {};  // not ours, or cut short: the file is brought again
  }
}

Status write_meta(const fs::path& path, const Meta& meta) {
  const json value{{"origin", meta.file.origin},
                   {"relative", meta.file.relative},
                   {"etag", meta.file.etag},
                   {"size_bytes", meta.file.size_bytes.value_or(0)},
                   {"modified_ms", meta.file.modified_ms},
                   {"delivered_ms", meta.delivered_ms}};
  const auto draft = fs::path(path.string() + ".new");
  errno = 0;
  std::ofstream out(draft, std::ios::trunc);
  out << value.dump(1, ' ', false, json::error_handler_t::replace) << '\n';
  out.close();
  if (!out) return tl::unexpected<Error>(disk_error(draft, "write", errno));
  if (::rename(draft.c_str(), path.c_str()) != 0)
    return tl::unexpected<Error>(disk_error(path, "write", errno));
  return {};
}

DeliveredFile delivered(const fs::path& path, const RemoteFile& file, std::int64_t size) {
  return {path, size, file.modified_ms != 0 ? file.modified_ms : now_ms(), {}};
}

}  // namespace

struct Inbox::Lock {
  explicit Lock(int file) : fd(file) {}
  ~Lock() { ::close(fd); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  int fd;

  static Result<std::shared_ptr<Lock>> take(const fs::path& folder, const std::string& source,
                                            const std::atomic<bool>* stop);
};

/// flock goes with the file description, so it ends with the process however that ends. Within this
/// process one lock is shared: a day that is loaded after another one does not wait for itself.
Result<std::shared_ptr<Inbox::Lock>> Inbox::Lock::take(const fs::path& folder,
                                                       const std::string& source,
                                                       const std::atomic<bool>* stop) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<Lock>> held;
  const auto path = folder / ".lock";
  const auto until = std::chrono::steady_clock::now() + kLockWait;
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return tl::unexpected<Error>(disk_error(path, "open", errno));
  auto lock = std::make_shared<Lock>(fd);
  while (true) {
    {
      const std::lock_guard guard(mutex);
      auto& ours = held[path.string()];
      if (auto existing = ours.lock()) return existing;
      if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
        ours = lock;
        return lock;
      }
    }
    if (errno != EWOULDBLOCK && errno != EINTR)
      return tl::unexpected<Error>(disk_error(path, "lock", errno));
    if (std::chrono::steady_clock::now() > until)
      return fail(ErrorKind::transient,
                  fmt::format("source '{}': another run has been using {} for {} minutes", source,
                              folder.string(), kLockWait.count()),
                  "wait until it ends, and run again");
    TRY_STATUS(wait_unless_stopped(std::chrono::milliseconds(200), stop));
  }
}

Inbox::Inbox(fs::path folder, std::string source, std::shared_ptr<Lock> lock)
    : folder_(std::move(folder)), source_(std::move(source)), lock_(std::move(lock)) {}

Result<Inbox> Inbox::open(const FetchContext& context, const std::string& source) {
  std::error_code error;
  fs::create_directories(context.inbox, error);
  if (error) return tl::unexpected<Error>(disk_error(context.inbox, "make", error.value()));
  // Clients' contacts lie here: nobody else's business.
  fs::permissions(context.inbox, fs::perms::owner_all, error);
  TRY_ASSIGN(auto lock, Lock::take(context.inbox, source, context.stop));
  return Inbox(context.inbox, source, std::move(lock));
}

fs::path Inbox::root(const std::string& origin) const { return folder_ / short_digest(origin, 12); }

fs::path Inbox::meta(const RemoteFile& file, const char* ending) const {
  return root(file.origin) / ".meta" / (short_digest(file.relative, 24) + ending);
}

Result<std::optional<RemoteFile>> Inbox::known(const RemoteFile& file) const {
  const auto earlier = read_meta(meta(file, ".json"));
  if (!earlier || earlier->file.relative != file.relative) return std::nullopt;
  std::error_code error;
  const auto size = fs::file_size(root(file.origin) / file.relative, error);
  if (error || static_cast<std::int64_t>(size) != earlier->file.size_bytes) return std::nullopt;
  return earlier->file;
}

Result<std::optional<DeliveredFile>> Inbox::kept(const RemoteFile& file) const {
  TRY_ASSIGN(const auto earlier, known(file));
  if (!earlier) return std::nullopt;
  const bool same_size = !file.size_bytes || file.size_bytes == earlier->size_bytes;
  const bool same_version = file.etag.empty() ? file.size_bytes && file.modified_ms != 0 &&
                                                    file.modified_ms == earlier->modified_ms
                                              : file.etag == earlier->etag;
  if (!same_size || !same_version) return std::nullopt;
  return delivered(root(file.origin) / file.relative, *earlier, *earlier->size_bytes);
}

Result<fs::path> Inbox::part(const RemoteFile& file) {
  if (const auto why = why_not_a_name(file.relative); !why.empty())
    return fail(ErrorKind::data,
                fmt::format("source '{}': the server names a file '{}', which cannot be kept: {}",
                            source_, file.relative, why));
  const auto path = meta(file, ".part");
  for (const auto& folder :
       {path.parent_path(), (root(file.origin) / file.relative).parent_path()}) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return tl::unexpected<Error>(disk_error(folder, "make", error.value()));
  }
  return path;
}

Result<DeliveredFile> Inbox::publish(const RemoteFile& file, std::string sha256) {
  TRY_ASSIGN(const fs::path from, part(file));
  const auto to = root(file.origin) / file.relative;
  std::error_code error;
  const auto size = static_cast<std::int64_t>(fs::file_size(from, error));
  if (error) return tl::unexpected<Error>(disk_error(from, "read", error.value()));
  if (size == 0)
    return fail(Defect::empty,
                fmt::format("source '{}': {} is empty (0 bytes)", source_, file.relative),
                "an empty file is not a delivery; ask its sender for it again");
  if (file.size_bytes && *file.size_bytes != size)
    return fail(Defect::truncated,
                fmt::format("source '{}': {} of the {} bytes of {} arrived", source_, size,
                            *file.size_bytes, file.relative),
                "the file changed meanwhile, or the server is wrong; run again");
  TRY_STATUS(sync_file(from));
  // Between the two renames no metadata vouches for bytes that it does not describe.
  fs::remove(meta(file, ".json"), error);
  if (::rename(from.c_str(), to.c_str()) != 0)
    return tl::unexpected<Error>(disk_error(to, "write", errno));
  TRY_STATUS(sync_folder(to.parent_path()));
  fs::remove(from.string() + ".json", error);
  Meta about{file, now_ms()};
  about.file.size_bytes = size;
  TRY_STATUS(write_meta(meta(file, ".json"), about));
  auto out = delivered(to, file, size);
  out.sha256 = std::move(sha256);
  return out;
}

Result<DeliveredFile> Inbox::reuse(const RemoteFile& file) {
  TRY_ASSIGN(const auto earlier, known(file));
  if (!earlier)
    return fail(ErrorKind::bug, fmt::format("source '{}': no kept {}", source_, file.relative));
  TRY_STATUS(write_meta(meta(file, ".json"), Meta{*earlier, now_ms()}));
  return delivered(root(file.origin) / file.relative, *earlier, *earlier->size_bytes);
}

void Inbox::discard(const RemoteFile& file) {
  std::error_code ignored;
  const auto path = meta(file, ".part");
  fs::remove(path, ignored);
  fs::remove(path.string() + ".json", ignored);
}

namespace {

bool is_older(const fs::path& file, std::int64_t than_ms) {
  struct stat about {};
  return ::stat(file.c_str(), &about) == 0 && about.st_mtim.tv_sec * 1000 < than_ms;
}

/// Removes of one origin what was last delivered before `than_ms` and is not in `current`. What
/// cannot be removed stays: it is in nobody's way.
void clean_up(const fs::path& root, const std::set<fs::path>& current, std::int64_t than_ms) {
  std::error_code error;
  std::set<fs::path> described;
  for (const auto& entry : fs::directory_iterator(root / ".meta", error)) {
    const auto meta = read_meta(entry.path());
    if (!meta || why_not_a_name(meta->file.relative) != "") {
      if (is_older(entry.path(), than_ms)) fs::remove(entry.path(), error);
      continue;
    }
    const auto file = root / meta->file.relative;
    described.insert(file);
    if (meta->delivered_ms >= than_ms || current.contains(file)) continue;
    fs::remove(file, error);
    fs::remove(entry.path(), error);
  }
  std::vector<fs::path> folders;
  for (fs::recursive_directory_iterator at(root, error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().filename() == ".meta") {
      at.disable_recursion_pending();
    } else if (at->is_directory(error)) {
      folders.push_back(at->path());
    } else if (!described.contains(at->path()) && is_older(at->path(), than_ms)) {
      fs::remove(at->path(), error);
    }
  }
  // The deepest first; one that is not empty stays.
  std::for_each(folders.rbegin(), folders.rend(), [](const fs::path& folder) {
    std::error_code not_empty;
    fs::remove(folder, not_empty);
  });
}

}  // namespace

Result<Delivery> Inbox::delivery(std::vector<DeliveredFile> files, const Layout& layout,
                                 int keep_days) {
  Delivery out;
  std::sort(files.begin(), files.end(),
            [](const DeliveredFile& a, const DeliveredFile& b) { return a.path < b.path; });
  std::set<fs::path> current;
  for (const auto& file : files) {
    out.size_bytes += file.size_bytes;
    current.insert(file.path);
  }
  const auto than_ms = now_ms() - keep_days * kDayMs;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error))
    if (entry.is_directory(error)) clean_up(entry.path(), current, than_ms);
  if (layout.folder) out.root = root(layout.origin);
  out.files = std::move(files);
  out.lease = lock_;
  return out;
}

}  // namespace quarentena
