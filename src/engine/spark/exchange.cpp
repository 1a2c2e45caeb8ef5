#include "engine/spark/exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/date.h"
#include "base/files.h"

namespace quarentena::spark {
namespace {

/// No run takes that long.
constexpr std::int64_t kAbandonedMs = std::int64_t{3} * 24 * 60 * 60 * 1000;

class SharedFolder final : public Exchange {
 public:
  std::string there(const fs::path& path) const override {
    return spark_name(path.string(), Reader::hadoop);
  }
  Status give(const fs::path&) const override { return {}; }
  Status fetch(const fs::path&) const override { return {}; }
  void drop(const fs::path& folder) const noexcept override {
    std::error_code ignored;  // the work folder's end takes what is left
    fs::remove_all(folder, ignored);
  }
};

class ThroughRemote final : public Exchange {
 public:
  explicit ThroughRemote(RemoteExchange options) : at_(std::move(options)) {
    at_.here = at_.here.lexically_normal();
    remove_abandoned();
  }
  ~ThroughRemote() override { remove_below(at_.name); }

  std::string there(const fs::path& path) const override {
    return spark_name(at_.location + "/" + relative(path), at_.reader);
  }

  Status give(const fs::path& file) const override {
    TRY_STATUS(at_.through->put(file, relative(file)));
    std::error_code ignored;  // the work folder's end takes it
    fs::remove(file, ignored);
    return {};
  }

  Status fetch(const fs::path& folder) const override {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return tl::unexpected<Error>(disk_error(folder, "create", error.value()));
    const auto below = relative(folder);
    TRY_ASSIGN(const auto entries, at_.through->list(below));
    for (const auto& entry : entries) {
      const auto name = entry.relative.substr(below.size() + 1);
      const bool is_ours = name.find('/') == std::string::npos && name.ends_with(".parquet");
      if (is_ours) TRY_STATUS(at_.through->get(entry.relative, folder / name));
    }
    return {};
  }

  void drop(const fs::path& folder) const noexcept override { remove_below(relative(folder)); }

 private:
  std::string relative(const fs::path& path) const {
    return at_.name + "/" + path.lexically_normal().lexically_relative(at_.here).string();
  }

  /// What stays costs space until a later run finds it abandoned.
  void remove_below(const std::string& below) const noexcept {
    const auto entries = at_.through->list(below);
    if (!entries) return;
    for (const auto& entry : *entries) static_cast<void>(at_.through->remove(entry.relative));
  }

  void remove_abandoned() const noexcept {
    const auto entries = at_.through->list();
    if (!entries) return;  // whoever passes the first file tells what is wrong
    std::map<std::string, std::int64_t> newest;
    for (const auto& entry : *entries) {
      auto& when = newest[entry.relative.substr(0, entry.relative.find('/'))];
      when = std::max(when, entry.modified_ms);
    }
    for (const auto& [name, when] : newest)
      if (when > 0 && when + kAbandonedMs < now_ms()) remove_below(name);
  }

  RemoteExchange at_;
};

}  // namespace

std::string spark_name(const std::string& location, Reader reader) {
  constexpr std::string_view kS3 = "s3://";
  if (location.starts_with(kS3) && reader == Reader::hadoop)
    return "s3a://" + location.substr(kS3.size());
  if (location.find("://") != std::string::npos || location.starts_with("/Volumes/"))
    return location;
  return "file:" + fs::path(location).lexically_normal().string();
}

std::unique_ptr<Exchange> shared_folder() { return std::make_unique<SharedFolder>(); }

std::unique_ptr<Exchange> remote_exchange(RemoteExchange options) {
  return std::make_unique<ThroughRemote>(std::move(options));
}

}  // namespace quarentena::spark
