#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "serve/lane.h"
#include "serve/overviews.h"
#include "serve/serve.h"

namespace quarentena::serve {
namespace asio = boost::asio;
using TcpEndpoint = asio::ip::tcp::endpoint;
namespace {

constexpr std::chrono::milliseconds kLook{200};

Result<TcpEndpoint> endpoint_of(const char* key, const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::string host = text.substr(0, colon);
  if (host.size() > 1 && host.front() == '[') host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
  if (!error) return TcpEndpoint(address, port);
  return fail(ErrorKind::config, fmt::format("serve: '{}' is not an address: '{}'", key, text),
              "write it in digits: 0.0.0.0:8443, [::1]:8480");
}

/// Tokens and ids on a wire that others may read.
Status refuse_plain(const char* key, const TcpEndpoint& at, const Serve& serve) {
  if (!serve.certificate.empty() || at.address().is_loopback() ||
      serve.plain_http == Serve::PlainHttp::anywhere)
    return {};
  return fail(ErrorKind::config,
              fmt::format("serve: '{}' is {}, which others reach, and there is no TLS", key,
                          at.address().to_string()),
              "give `tls: { certificate: ..., key: ... }`; or, when something in front of it "
              "encrypts, `plain_http: anywhere`");
}

/// As many files as the process may open, and how many connections that is.
std::size_t room_for_connections(int wanted) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return static_cast<std::size_t>(wanted);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  constexpr rlim_t kForOthers = 128;
  const rlim_t room = files.rlim_max > 2 * kForOthers ? files.rlim_max - kForOthers : kForOthers;
  const auto most = static_cast<std::size_t>(wanted);
  if (files.rlim_max != RLIM_INFINITY && most > room) {
    log_event("fewer_connections", {{"wanted", std::to_string(wanted)},
                                    {"possible", std::to_string(room)},
                                    {"hint", "raise the limit of open files"}});
    return static_cast<std::size_t>(room);
  }
  return most;
}

/// Looks at the table on a thread of its own: building an index takes a while.
class TableWatch {
 public:
  /// `looked` is called on that thread, about once a second.
  TableWatch(Refresher& refresher, int every_ms, std::function<void()> looked)
      : refresher_(refresher),
        every_ms_(every_ms),
        looked_(std::move(looked)),
        thread_([this] { watch(); }) {}
  ~TableWatch() {
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  TableWatch(const TableWatch&) = delete;
  TableWatch& operator=(const TableWatch&) = delete;

  void use(std::shared_ptr<const Plan> plan, int every_ms) {
    {
      const std::lock_guard lock(mutex_);
      plan_ = std::move(plan);
      every_ms_ = every_ms;
    }
    changed_.notify_one();
  }

 private:
  void watch() {
    auto next = std::chrono::steady_clock::now() + std::chrono::milliseconds(every_ms_);
    std::unique_lock lock(mutex_);
    while (!ends_) {
      changed_.wait_for(
          lock,
          std::min<std::chrono::nanoseconds>(
              std::chrono::seconds(1), std::max<std::chrono::nanoseconds>(
                                           next - std::chrono::steady_clock::now(), kLook / 10)),
          [this] { return ends_ || plan_; });
      if (ends_) return;
      const auto plan = std::exchange(plan_, nullptr);
      const auto every = std::chrono::milliseconds(every_ms_);
      lock.unlock();
      if (plan) refresher_.use(plan);
      if (plan || std::chrono::steady_clock::now() >= next) {
        if (const auto looked = refresher_.look_at_table(); !looked)
          log_event("table_failed", {{"why", looked.error().what}});
        next = std::chrono::steady_clock::now() + every;
      }
      refresher_.look_at_clock();
      looked_();
      lock.lock();
    }
  }

  Refresher& refresher_;
  int every_ms_;
  std::function<void()> looked_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ends_ = false;
  std::shared_ptr<const Plan> plan_;
  std::thread thread_;
};

/// A change of the file shows in what stat() says: its writer renames a new one into place.
struct FileMark {
  ino_t inode = 0;
  std::int64_t changed_s = 0, changed_ns = 0;
  friend bool operator==(const FileMark&, const FileMark&) = default;
};

FileMark mark_of(const std::filesystem::path& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return {};
  return {found.st_ino, found.st_ctim.tv_sec, found.st_ctim.tv_nsec};
}

class Service {
 public:
  Service(const ServeConfig& config, const ServeOptions& options)
      : plan_(std::make_shared<const Plan>(config.plan)),
        serve_(config.serve),
        options_(options),
        shared_(serve_),
        refresher_(shared_.published, options.stop) {}

  Status run() {
    TRY_STATUS(prepare());
    TRY_STATUS(listen());
    std::vector<std::thread> threads;
    for (const auto& lane : lanes_) threads.emplace_back([&lane] { lane->run(); });
    {
      TableWatch watch(refresher_, serve_.refresh_ms, [this] { prepare_page(); });
      until_stopped(watch);
      log_event("draining", {});
      shared_.draining = true;
      for (const auto& lane : lanes_) lane->drain();
    }
    for (auto& thread : threads) thread.join();
    shared_.abort = true;
    log_event("stopped", {});
    return {};
  }

 private:
  Status prepare() {
    TRY_ASSIGN(log_, LogFile::open(serve_.access_log));
    outside_ =
        std::make_unique<Outside>(*log_, room_for_connections(serve_.limits.connections),
                                  static_cast<std::size_t>(serve_.limits.connections_per_address));
    TRY_ASSIGN(auto tls, load_tls(serve_));
    outside_->tls.set(std::make_shared<const Tls>(std::move(tls)));
    TRY_STATUS(read_tokens_again());
    if (shared_.tokens.get()->empty())
      log_event("no_tokens", {{"hint", "nobody may ask yet: `quarentena tokens create`"}});
    refresher_.use(plan_);
    return refresher_.look_at_table();
  }

  /// Who opens the page after the load need not wait for the scan of its rows.
  void prepare_page() {
    if (!shared_.on_api.page) return;
    const auto published = shared_.published.get();
    if (!published->index || !shared_.tokens.get()->anybody_may(Scope::read, now_ms())) return;
    shared_.documents.prepare(wanted_document(Endpoint::newest_day, *published, &shared_.abort));
  }

  Status listen() {
    TRY_ASSIGN(TcpEndpoint api, endpoint_of("listen", serve_.listen));
    TRY_STATUS(refuse_plain("listen", api, serve_));
    TRY_STATUS(alone_on(api));
    const unsigned machine = std::max(1U, std::thread::hardware_concurrency());
    const unsigned threads = serve_.threads > 0 ? static_cast<unsigned>(serve_.threads) : machine;
    for (unsigned i = 0; i < threads; ++i) {
      auto& lane = lanes_.emplace_back(
          std::make_unique<Lane>(shared_, *outside_, shared_.metrics.add_thread()));
      TRY_ASSIGN(const std::uint16_t port, lane->listen(api, Door::api));
      api.port(port);
    }
    const std::string scheme = serve_.certificate.empty() ? "http" : "https";
    std::string metrics_at = "off";
    if (shared_.on_api.metrics) {
      metrics_at = fmt::format("{}://{}:{}", scheme, api.address().to_string(), api.port());
    } else if (!serve_.metrics.empty()) {
      TRY_ASSIGN(TcpEndpoint metrics, endpoint_of("metrics", serve_.metrics));
      TRY_STATUS(refuse_plain("metrics", metrics, serve_));
      TRY_STATUS(alone_on(metrics));
      const Door door = metrics.address().is_loopback() ? Door::open_metrics : Door::metrics;
      TRY_ASSIGN(const std::uint16_t port, lanes_.front()->listen(metrics, door));
      metrics_at = fmt::format("{}://{}:{}", scheme, metrics.address().to_string(), port);
    }
    log_event("listening",
              {{"api", fmt::format("{}://{}:{}", scheme, api.address().to_string(), api.port())},
               {"metrics", metrics_at}});
    return {};
  }

  void until_stopped(TableWatch& watch) {
    int reloaded = options_.reload->load();
    while (!*options_.stop) {
      std::this_thread::sleep_for(kLook);
      if (const int asked = options_.reload->load(); asked != reloaded) {
        reloaded = asked;
        reload(watch);
      } else if (mark_of(serve_.tokens) != tokens_mark_) {
        if (const auto read = read_tokens_again(); !read) tell("tokens_failed", read.error());
      }
    }
  }

  /// Each part that is good comes into force; of another the old one stays.
  void reload(TableWatch& watch) {
    auto config = options_.config_again();
    if (!config) return tell("reload_failed", config.error());
    plan_ = std::make_shared<const Plan>(std::move(config->plan));
    serve_ = std::move(config->serve);
    watch.use(plan_, serve_.refresh_ms);
    if (auto tls = load_tls(serve_); !tls)
      tell("tls_failed", tls.error());
    else
      outside_->tls.set(std::make_shared<const Tls>(std::move(*tls)));
    if (const auto read = read_tokens_again(); !read) tell("tokens_failed", read.error());
    if (const auto opened = log_->reopen(); !opened) tell("log_failed", opened.error());
    log_event("reloaded", {});
  }

  Status read_tokens_again() {
    tokens_mark_ = mark_of(serve_.tokens);
    TRY_ASSIGN(auto tokens, read_tokens(serve_.tokens));
    const auto before = shared_.tokens.get();
    shared_.tokens.set(std::make_shared<const TokenSet>(std::move(tokens), before.get()));
    return {};
  }

  static void tell(std::string_view event, const Error& error) {
    log_event(event, {{"why", error.what}, {"hint", error.hint}});
  }

  std::shared_ptr<const Plan> plan_;
  Serve serve_;
  const ServeOptions& options_;
  std::unique_ptr<LogFile> log_;
  std::unique_ptr<Outside> outside_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  /// Before the lanes ends what answers their askers.
  Shared shared_;
  Refresher refresher_;
  FileMark tokens_mark_;
};

}  // namespace
}  // namespace quarentena::serve

namespace quarentena {

Status serve_http(const ServeConfig& config, const ServeOptions& options) {
  return serve::Service(config, options).run();
}

}  // namespace quarentena
