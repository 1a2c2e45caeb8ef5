#include "net/secrets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>

#include "net/command_output.h"

namespace quarentena {
namespace {

constexpr std::size_t kMost = 1 << 20;
constexpr std::chrono::seconds kCommandTimeout{30};

Result<Secret> from_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (!value || !*value)
    return fail(ErrorKind::config,
                fmt::format("${{env:{}}}: the environment variable is {}", name,
                            value ? "empty" : "not set"),
                fmt::format("export {} where quarentena runs", name));
  return Secret(std::string_view(value));
}

void warn_once(const std::string& path) {
  static std::mutex mutex;
  static std::set<std::string> warned;
  const std::lock_guard lock(mutex);
  if (warned.insert(path).second)
    fmt::print(stderr, "warning: everybody on this machine may read the secret in {}; chmod 600\n",
               path);
}

tl::unexpected<Error> unreadable(const std::string& path, int error) {
  return fail(ErrorKind::config,
              fmt::format("${{file:{}}}: cannot be read: {}", path, std::strerror(error)),
              error == EACCES ? "give the user that runs quarentena permission to read it" : "");
}

Result<Secret> from_file(const std::string& path) {
  if (path.empty() || path[0] != '/')
    return fail(ErrorKind::config, fmt::format("${{file:{}}}: the path is not absolute", path),
                "write it from the root: ${file:/run/secrets/name}");
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return unreadable(path, errno);
  struct stat about {};
  ::fstat(file, &about);
  std::string text;
  text.reserve(4096);
  std::array<char, 4096> piece;
  ssize_t got = 0;
  while ((got = ::read(file, piece.data(), piece.size())) > 0 && text.size() <= kMost)
    text.append(piece.data(), static_cast<std::size_t>(got));
  const int error = errno;
  ::close(file);
  explicit_bzero(piece.data(), piece.size());
  if (got < 0) return unreadable(path, error);
  if (text.size() > kMost) {
    wipe(text);
    return fail(ErrorKind::config, fmt::format("${{file:{}}} is larger than 1 MiB", path));
  }
  if (S_ISREG(about.st_mode) && (about.st_mode & S_IROTH)) warn_once(path);
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  if (text.empty()) return fail(ErrorKind::config, fmt::format("${{file:{}}} is empty", path));
  return Secret(std::move(text));
}

Result<Secret> from_command(const std::string& command, const std::atomic<bool>* stop) {
  TRY_ASSIGN(const Secret output, command_output(command, kCommandTimeout, stop));
  std::string_view text = output.reveal();
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  if (text.empty())
    return fail(ErrorKind::config, "a ${cmd:...} prints nothing", "run it by hand to see why");
  return Secret(text);
}

/// What stands between `${` and `}`.
Result<Secret> resolve_reference(const std::string& inner, const std::atomic<bool>* stop) {
  const auto colon = inner.find(':');
  const auto kind = inner.substr(0, colon);
  const auto name = colon == std::string::npos ? "" : inner.substr(colon + 1);
  if (kind == "env") return from_environment(name);
  if (kind == "file") return from_file(name);
  if (kind == "cmd") return from_command(name, stop);
  if (const auto slash = name.find('/'); kind == "databricks" && slash != std::string::npos)
    return databricks_secret(name.substr(0, slash), name.substr(slash + 1), stop);
  return fail(ErrorKind::config, fmt::format("a reference of an unknown kind, ${{{}:...}}", kind),
              "write ${env:NAME}, ${file:/path}, ${cmd:command} or ${databricks:scope/key}");
}

}  // namespace

Result<Secret> resolve_secret(const std::string& text, const std::atomic<bool>* stop) {
  std::string out;
  std::size_t at = 0;
  while (true) {
    const auto open = text.find("${", at);
    const auto close = text.find('}', open == std::string::npos ? text.size() : open);
    if (close == std::string::npos) {
      out += text.substr(at);
      return Secret(std::move(out));
    }
    auto value = resolve_reference(text.substr(open + 2, close - open - 2), stop);
    if (!value) {
      wipe(out);
      return value;
    }
    if (open == 0 && close + 1 == text.size()) return value;
    out.append(text, at, open - at).append(value->reveal());
    at = close + 1;
  }
}

Result<Secrets> resolve(const std::map<std::string, std::string>& auth,
                        const std::atomic<bool>* stop) {
  Secrets out;
  for (const auto& [key, text] : auth) {
    auto value = resolve_secret(text, stop);
    if (!value) {
      value.error().what = fmt::format("auth.{}: {}", key, value.error().what);
      return fail_with(std::move(value));
    }
    out.emplace(key, std::move(*value));
  }
  return out;
}

const Secret& secret_of(const Secrets& secrets, const std::string& key) {
  static const Secret none;
  const auto at = secrets.find(key);
  return at == secrets.end() ? none : at->second;
}

}  // namespace quarentena
