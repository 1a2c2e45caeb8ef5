#include "net/command_output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

extern char** environ;

namespace quarentena {
namespace {

constexpr std::size_t kMost = 1 << 20;

std::string shown(const std::string& command) {
  const auto start = command.find_first_not_of(" \t");
  if (start == std::string::npos) return "${cmd:}";
  const auto end = command.find_first_of(" \t", start);
  return fmt::format("${{cmd:{}{}}}", command.substr(start, end - start),
                     end == std::string::npos ? "" : " ...");
}

/// A process that is ended with all it started when this goes.
class Shell {
 public:
  ~Shell() {
    if (out_ >= 0) ::close(out_);
    if (pid_ > 0) {
      ::kill(-pid_, SIGKILL);
      wait();
    }
  }
  Shell() = default;
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;

  /// The error number, or 0.
  int start(const std::string& command) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return errno;
    out_ = ends[0];
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, ends[1], 1);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    const char* arguments[] = {"sh", "-c", command.c_str(), nullptr};
    const int error = ::posix_spawn(&pid_, "/bin/sh", &files, &attributes,
                                    const_cast<char* const*>(arguments), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    ::close(ends[1]);
    if (error != 0) pid_ = -1;
    return error;
  }

  int out() const { return out_; }

  /// The status of waitpid.
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
};

}  // namespace

Result<Secret> command_output(const std::string& command, std::chrono::milliseconds timeout,
                              const std::atomic<bool>* stop) {
  Shell shell;
  if (const int error = shell.start(command); error != 0)
    return fail(ErrorKind::machine,
                fmt::format("{}: cannot start /bin/sh: {}", shown(command), std::strerror(error)));
  const auto until = std::chrono::steady_clock::now() + timeout;
  std::array<char, 4096> piece;
  std::string text;
  text.reserve(piece.size());
  while (true) {
    if (stop && *stop) return fail(ErrorKind::machine, "interrupted");
    if (std::chrono::steady_clock::now() > until)
      return fail(ErrorKind::transient,
                  fmt::format("{} gave nothing within {} s", shown(command),
                              std::chrono::duration<double>(timeout).count()),
                  "does it ask for something on the terminal? run it by hand");
    pollfd waiting{shell.out(), POLLIN, 0};
    if (::poll(&waiting, 1, 100) <= 0) continue;
    const auto got = ::read(shell.out(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(got));
    explicit_bzero(piece.data(), piece.size());
    if (text.size() <= kMost) continue;
    wipe(text);
    return fail(ErrorKind::config, fmt::format("{} prints more than 1 MiB", shown(command)));
  }
  Secret output(std::move(text));
  if (const int status = shell.wait(); status != 0)
    return fail(
        ErrorKind::config,
        fmt::format("{} failed ({} {})", shown(command), WIFEXITED(status) ? "exit code" : "signal",
                    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status)),
        "its messages are not shown, for they may hold the secret; run it by hand");
  return output;
}

}  // namespace quarentena
