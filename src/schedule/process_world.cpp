#include "schedule/process_world.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <future>
#include <random>

namespace quarentena::schedule {
namespace {

constexpr int kNotStarted = 127;

sigset_t ours() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGCHLD}) sigaddset(&set, signal);
  return set;
}

class ProcessWorld final : public World {
 public:
  explicit ProcessWorld(ProcessWorldOptions options) : options_(std::move(options)), ours_(ours()) {
    pthread_sigmask(SIG_BLOCK, &ours_, &before_);
  }
  ~ProcessWorld() override { stop_ = true; }

  std::int64_t now_ms() override { return quarentena::now_ms(); }

  std::int64_t steady_ms() override {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  }

  Woken sleep(std::int64_t ms) override {
    const auto until_ms = steady_ms() + ms;
    while (true) {
      if (child_ > 0 && take_child()) return Woken::by_child;
      const auto left_ms = std::max<std::int64_t>(until_ms - steady_ms(), 0);
      const timespec left{left_ms / 1000, (left_ms % 1000) * 1'000'000};
      const int signal = sigtimedwait(&ours_, nullptr, &left);
      if (signal == SIGTERM || signal == SIGINT) {
        stop_ = true;
        return Woken::by_stop;
      }
      if (signal < 0 && errno == EAGAIN) return Woken::by_time;
    }
  }

  Status start(const DueRun& run) override {
    const auto words = command(run);
    std::vector<char*> argv;
    for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    const pid_t parent = ::getpid();
    child_ = ::fork();
    if (child_ == 0) become(argv.data(), parent);
    if (child_ > 0) return {};
    return fail(ErrorKind::machine,
                fmt::format("cannot start {}: {}", words[0], std::strerror(errno)),
                "is the machine out of memory or processes?");
  }

  void ask_child_to_end() override {
    if (child_ > 0) ::kill(child_, SIGTERM);
  }
  void kill_child() override {
    if (child_ > 0) ::kill(child_, SIGKILL);
  }
  RunEnd child_ended() override { return end_; }

  void tell(const std::string& line) override {
    if (options_.tell) options_.tell(line);
  }
  void look_around() override {
    using namespace std::chrono_literals;
    if (!options_.look_around) return;
    if (looking_.valid() && looking_.wait_for(0s) != std::future_status::ready) return;
    looking_ = std::async(std::launch::async, [this] { options_.look_around(stop_); });
  }

 private:
  std::vector<std::string> command(const DueRun& run) const {
    auto words = options_.binary;
    words.insert(words.end(), {"run", "--data-carga", run.occurrence.day.iso()});
    words.insert(words.end(), options_.run_options.begin(), options_.run_options.end());
    for (const auto& load : options_.loads)
      if (load.name == run.load)
        for (const auto& source : load.only) words.insert(words.end(), {"--only", source});
    return words;
  }

  /// Between fork and exec: only what is safe while other threads of the parent hold locks.
  [[noreturn]] void become(char* const* argv, pid_t parent) const {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setpgid(0, 0);  // Ctrl-C in a terminal is for us, and we tell the child
    if (::getppid() != parent) ::_exit(kNotStarted);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    ::execv(argv[0], argv);
    ::_exit(kNotStarted);
  }

  bool take_child() {
    int status = 0;
    const auto ended = ::waitpid(child_, &status, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR)) return false;
    end_ = {};
    if (WIFSIGNALED(status))
      end_.signal = WTERMSIG(status);
    else
      end_.exit_code = WEXITSTATUS(status);
    child_ = -1;
    return true;
  }

  ProcessWorldOptions options_;
  sigset_t ours_;
  sigset_t before_{};
  pid_t child_ = -1;
  RunEnd end_;
  std::atomic<bool> stop_ = false;  ///< what looks around
  std::future<void> looking_;       ///< last: it is waited for first
};

}  // namespace

std::unique_ptr<World> process_world(ProcessWorldOptions options) {
  return std::make_unique<ProcessWorld>(std::move(options));
}

Identity new_identity() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  std::random_device random;
  return {fmt::format("{}-{}-{:08x}{:08x}", host.data(), ::getpid(), random(), random()),
          host.data()};
}

}  // namespace quarentena::schedule
