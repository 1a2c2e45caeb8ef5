#include "sources/transport/decrypt.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include "net/retry.h"
#include "net/ssh_key.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kExtensions[] = {".pgp", ".gpg", ".asc"};

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

/// Runs one program, standard error kept in `log`. Another number of arguments each time, never a
/// secret among them.
Result<int> run(std::vector<std::string> arguments, int input, int passphrase, const fs::path& log,
                const std::atomic<bool>* stop) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  if (passphrase >= 0) posix_spawn_file_actions_adddup2(&files, passphrase, 30);
  if (input >= 0)
    posix_spawn_file_actions_adddup2(&files, input, 0);
  else
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&files, 2, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);

  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  // No secret of ours that is in the environment goes on to another program.
  const char* path = std::getenv("PATH");
  std::string path_line = fmt::format("PATH={}", path == nullptr ? "/usr/bin:/bin" : path);
  std::string locale = "LC_ALL=C";
  char* environment[] = {path_line.data(), locale.data(), nullptr};

  pid_t child = 0;
  const int error = posix_spawnp(&child, argv[0], &files, nullptr, argv.data(), environment);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0)
    return fail(ErrorKind::config,
                fmt::format("{} cannot be started: {}", arguments[0], std::strerror(error)),
                "encrypted files are opened with gpg: install the Debian package gpg (and "
                "gpg-agent)");
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (wait_unless_stopped(std::chrono::milliseconds(20), stop)) continue;
    kill(child, SIGTERM);
    waitpid(child, &status, 0);
    return fail(ErrorKind::machine, "interrupted");
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/// gpg's home. Not in the inbox: the agent's socket lives in it, whose path has 107 bytes at most.
class Home {
 public:
  static Result<Home> make() {
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");
    std::error_code error;
    fs::path parent = runtime == nullptr ? "" : runtime;
    if (parent.empty() || !fs::is_directory(parent, error)) parent = fs::temp_directory_path();
    std::string folder = parent / "quarentena-gpg.XXXXXX";
    if (mkdtemp(folder.data()) == nullptr)
      return fail(ErrorKind::machine, fmt::format("cannot make a folder in {}: {}", parent.string(),
                                                  std::strerror(errno)));
    return Home(folder);
  }
  Home(Home&& other) noexcept { path_.swap(other.path_); }
  Home& operator=(Home&&) = delete;
  ~Home() {
    if (path_.empty()) return;
    (void)run({"gpgconf", "--homedir", path_.string(), "--kill", "all"}, -1, -1, "/dev/null",
              nullptr);
    std::error_code error;
    fs::remove_all(path_, error);
  }
  const fs::path& path() const { return path_; }

 private:
  explicit Home(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

struct Answer {
  int code = 0;
  std::string log;
  bool says(std::string_view word) const { return log.find(word) != std::string::npos; }
};

Result<Answer> gpg(const Home& home, std::vector<std::string> what, int input, int passphrase,
                   const std::atomic<bool>* stop) {
  std::vector<std::string> all{
      "gpg",         "--homedir",       home.path(), "--batch",
      "--yes",       "--no-tty",        "--quiet",   "--status-fd",
      "2",           "--pinentry-mode", "loopback",  "--no-auto-key-retrieve",
      "--no-options"};
  if (passphrase >= 0) all.insert(all.end(), {"--passphrase-fd", "30"});
  all.insert(all.end(), what.begin(), what.end());
  const fs::path log = home.path() / "log";
  Answer answer;
  TRY_ASSIGN(answer.code, run(std::move(all), input, passphrase, log, stop));
  std::ostringstream text;
  text << std::ifstream(log).rdbuf();
  answer.log = text.str();
  return answer;
}

/// IMPORT_RES's eleventh number: the private keys imported.
int secret_keys_read(const Answer& answer) {
  const auto at = answer.log.find("IMPORT_RES ");
  if (at == std::string::npos) return 0;
  std::istringstream fields(answer.log.substr(at + 11));
  int number = 0;
  for (int i = 0; i < 11; ++i)
    if (!(fields >> number)) return 0;
  return number;
}

Status import(const Home& home, const PgpKey& key, const std::atomic<bool>* stop) {
  std::optional<MemoryFile> held;
  if (key.file.empty()) {
    TRY_ASSIGN(MemoryFile memory, MemoryFile::holding(key.text.reveal()));
    held = std::move(memory);
  }
  const std::string path = held ? held->path() : key.file.string();
  const Descriptor input(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (input.number() < 0)
    return fail(ErrorKind::config,
                fmt::format("the PGP key {} cannot be read: {}", path, std::strerror(errno)),
                "is auth's `pgp_key_file` right?");
  TRY_ASSIGN(const Answer answer, gpg(home, {"--import"}, input.number(), -1, stop));
  if (secret_keys_read(answer) > 0) return {};
  return fail(ErrorKind::config, "the PGP key holds no private key that gpg can read",
              "export it: gpg --armor --export-secret-keys NAME");
}

/// The id after `word`, to say for whom a message is.
std::string id_after(const Answer& answer, const std::string& word) {
  const auto at = answer.log.find(word + " ");
  if (at == std::string::npos) return "?";
  std::istringstream rest(answer.log.substr(at + word.size() + 1));
  std::string id;
  rest >> id;
  return id;
}

Error refusal(const Answer& answer, const PgpKey& key) {
  if (answer.says("No space left"))
    return {ErrorKind::machine, "the disk is full while it is decrypted", {}};
  // gpg says "No secret key" also of a key that it has and cannot open; only that one it considers.
  const bool has_key = answer.says("KEY_CONSIDERED");
  const bool no_key = answer.says("No secret key");
  if (no_key && !has_key)
    return {ErrorKind::auth,
            fmt::format("it is encrypted for the key {}, which is not the one given",
                        id_after(answer, "ENC_TO")),
            "give auth's `pgp_key_file` that key, or send the sender the right public key"};
  if (no_key || answer.says("NEED_PASSPHRASE"))
    return {ErrorKind::auth, "the PGP key does not open",
            key.passphrase.empty() ? "add auth's `pgp_passphrase`"
                                   : "is auth's `pgp_passphrase` right?"};
  if (answer.says("NODATA") && !answer.says("BEGIN_DECRYPTION"))
    return {ErrorKind::data, "it is not a PGP message", "is it encrypted at all? Its name says so"};
  return {ErrorKind::data, "it cannot be decrypted: it is damaged or cut",
          "ask its sender for it again"};
}

}  // namespace

bool is_encrypted(const std::string& name) {
  for (const auto extension : kExtensions)
    if (name.size() > extension.size() && name.ends_with(extension)) return true;
  return false;
}

std::string decrypted_name(const std::string& name) { return name.substr(0, name.size() - 4); }

Status decrypt(const fs::path& encrypted, const fs::path& clear, const PgpKey& key,
               const std::atomic<bool>* stop) {
  if (!key.given())
    return fail(
        ErrorKind::config,
        fmt::format("{} is encrypted, and no PGP key is given", encrypted.filename().string()),
        "add to auth: pgp_key_file, or pgp_key, and pgp_passphrase if the key has one");
  TRY_ASSIGN(const Home home, Home::make());
  TRY_STATUS(import(home, key, stop));
  std::optional<MemoryFile> held;
  if (!key.passphrase.empty()) {
    TRY_ASSIGN(MemoryFile memory, MemoryFile::holding(key.passphrase.reveal()));
    held = std::move(memory);
  }
  const Descriptor passphrase(held ? open(held->path().c_str(), O_RDONLY | O_CLOEXEC) : -1);
  TRY_ASSIGN(const Answer answer,
             gpg(home, {"--skip-verify", "--output", clear, "--decrypt", encrypted}, -1,
                 passphrase.number(), stop));
  if (answer.code == 0 && answer.says("DECRYPTION_OKAY")) return {};
  std::error_code error;
  fs::remove(clear, error);
  return tl::unexpected<Error>(refusal(answer, key));
}

}  // namespace quarentena
