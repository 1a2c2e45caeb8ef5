#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>
#include <random>
#include <thread>

#include "base/files.h"
#include "schedule/journal.h"

namespace quarentena::schedule {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFolder = ".schedule";  // no source can be called so
constexpr const char* kDraft = ".new-";
constexpr auto kDraftAge = std::chrono::hours(1);

tl::unexpected<Error> cannot(const char* doing, const fs::path& path, int code) {
  return tl::unexpected<Error>(disk_error(path, doing, code));
}

/// Of daemons that were killed while they wrote.
void remove_old_drafts(const fs::path& folder) {
  const auto now = fs::file_time_type::clock::now();
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    const bool is_draft = at->path().filename().string().starts_with(kDraft);
    if (is_draft && now - fs::last_write_time(at->path(), gone) > kDraftAge && !gone)
      fs::remove(at->path(), gone);
  }
}

/// A file of its own in `folder`, on the disk; removed by the destructor.
class Draft {
 public:
  static Result<Draft> write(const fs::path& folder, const std::string& text) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return cannot("make", folder, error.value());
    remove_old_drafts(folder);
    Draft draft(folder / fmt::format("{}{}-{:08x}", kDraft, ::getpid(), std::random_device{}()));
    std::ofstream out(draft.path_, std::ios::binary);
    out << text;
    out.close();
    if (!out) return cannot("write", draft.path_, errno);
    TRY_STATUS(sync_file(draft.path_));
    return draft;
  }
  Draft(Draft&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  Draft& operator=(Draft&&) = delete;
  ~Draft() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  explicit Draft(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

Result<std::optional<std::string>> text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const int code = errno;
  if (!in && code == ENOENT) return std::nullopt;
  if (!in) return cannot("read", file, code);
  return std::string{std::istreambuf_iterator<char>(in), {}};
}

class LocalPlace final : public JournalPlace {
 public:
  explicit LocalPlace(fs::path folder) : folder_(std::move(folder)) {}
  std::string name() const override { return folder_.string(); }

  Result<std::vector<std::string>> list() override {
    std::vector<std::string> out;
    std::error_code error;
    for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error))
      out.push_back(at->path().filename().string());
    if (error && error != std::errc::no_such_file_or_directory)
      return cannot("read", folder_, error.value());
    return out;
  }

  Result<std::optional<std::string>> read(const std::string& file) override {
    return text_of(folder_ / file);
  }

  /// A link, because unlike a rename it never replaces, and unlike O_EXCL it shows the file whole.
  Result<PutNew> add(const std::string& file, const std::string& text) override {
    TRY_ASSIGN(const Draft draft, Draft::write(folder_, text));
    if (::link(draft.path().c_str(), (folder_ / file).c_str()) != 0) {
      if (errno == EEXIST) return PutNew::taken;
      return cannot("write", folder_ / file, errno);
    }
    TRY_STATUS(sync_folder(folder_));
    return PutNew::done;
  }

  Status remove(const std::string& file) override {
    std::error_code error;
    fs::remove(folder_ / file, error);
    if (error) return cannot("remove", folder_ / file, error.value());
    return {};
  }

 private:
  fs::path folder_;
};

/// Sets a flag when a call takes too long: who holds a lease cannot wait as long for a store as
/// who brings a file.
class Patience {
 public:
  explicit Patience(std::int64_t ms) : ms_(ms) {}
  StopFlag flag() const { return &over_; }

  template <class Call>
  auto within(const Call& call) -> decltype(call()) {
    over_ = false;
    bool done = false;
    std::mutex mutex;
    std::condition_variable ended;
    std::thread watch([&] {
      std::unique_lock lock(mutex);
      if (!ended.wait_for(lock, std::chrono::milliseconds(ms_), [&] { return done; })) over_ = true;
    });
    auto result = call();
    {
      const std::lock_guard lock(mutex);
      done = true;
    }
    ended.notify_one();
    watch.join();
    return result;
  }

 private:
  std::int64_t ms_;
  std::atomic<bool> over_{false};
};

/// Files are on their way in a folder of this machine.
class RemotePlace final : public JournalPlace {
 public:
  RemotePlace(std::shared_ptr<const RemoteFolder> folder, std::unique_ptr<Patience> patience,
              fs::path drafts)
      : patience_(std::move(patience)), folder_(std::move(folder)), drafts_(std::move(drafts)) {}
  std::string name() const override { return folder_->name_of({}); }

  Result<std::vector<std::string>> list() override {
    TRY_ASSIGN(const auto entries, patience_->within([&] { return folder_->list(); }));
    std::vector<std::string> out;
    for (const auto& entry : entries) out.push_back(entry.relative);
    return out;
  }

  Result<std::optional<std::string>> read(const std::string& file) override {
    TRY_ASSIGN(const Draft draft, Draft::write(drafts_, {}));
    const auto got = patience_->within([&] { return folder_->get(file, draft.path()); });
    if (!got && got.error().kind == ErrorKind::missing) return std::nullopt;
    if (!got) return tl::unexpected<Error>(got.error());
    return text_of(draft.path());
  }

  Result<PutNew> add(const std::string& file, const std::string& text) override {
    TRY_ASSIGN(const Draft draft, Draft::write(drafts_, text));
    return patience_->within([&] { return folder_->put_new(draft.path(), file); });
  }

  Status remove(const std::string& file) override {
    return patience_->within([&] { return folder_->remove(file); });
  }

 private:
  std::unique_ptr<Patience> patience_;  // folder_ looks at its flag
  std::shared_ptr<const RemoteFolder> folder_;
  fs::path drafts_;
};

}  // namespace

std::unique_ptr<JournalPlace> local_place(fs::path folder) {
  return std::make_unique<LocalPlace>(std::move(folder));
}

Result<std::unique_ptr<JournalPlace>> meeting_place(const Plan& plan, std::int64_t patience_ms) {
  const auto here = fs::path(plan.staging) / kFolder;
  const bool in_staging = !plan.staging_remote.empty();
  if (!in_staging && !is_object_store(plan.table)) return local_place(here);
  auto patience = std::make_unique<Patience>(patience_ms);
  TRY_ASSIGN(auto folder, in_staging ? open_remote_folder(plan.staging_remote + "/" + kFolder,
                                                          plan.staging_auth, patience->flag())
                                     : open_remote_folder(plan.table + "_schedule", plan.table_auth,
                                                          patience->flag()));
  return std::make_unique<RemotePlace>(std::move(folder), std::move(patience), here);
}

}  // namespace quarentena::schedule
