#include "net/sftp.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "net/retry.h"
#include "net/ssh_key.h"

namespace quarentena {
namespace {

using Clock = std::chrono::steady_clock;

/// Key types to ask the server for, one after the other, until it shows a pinned key. A server has
/// one key of each type and shows the one both sides like best, which need not be the one that an
/// administrator pinned. Empty: whatever is negotiated.
constexpr const char* kKeyTypes[] = {"", "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"};

/// libcurl knows no option for the key type; it asks for that of the host's known_hosts line. The
/// key in the line is never compared: our callback decides.
Result<MemoryFile> line_asking_for(const std::string& type, const SftpServer& server) {
  std::string blob{'\0', '\0', '\0', static_cast<char>(type.size())};
  blob += type + std::string(36, '\0');
  // An IPv6 address stands in brackets of its own in addresses only.
  const std::string host =
      server.host.starts_with('[') ? server.host.substr(1, server.host.size() - 2) : server.host;
  return MemoryFile::holding(
      fmt::format("[{}]:{} {} {}\n", host, server.port, type, base64_encoded(blob)));
}

std::string escaped_path(const std::string& path) {
  std::string out;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("/-._~").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

/// libssh2 learned to sign RSA keys with SHA-2 in 1.11; servers of today refuse SHA-1.
bool signs_rsa_with_sha1() {
  const char* version = curl_version_info(CURLVERSION_NOW)->libssh_version;
  int major = 0, minor = 0;
  if (version == nullptr || std::sscanf(version, "libssh2/%d.%d", &major, &minor) != 2)
    return false;
  return major == 1 && minor < 11;
}

Result<std::string> key_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in || text.str().empty())
    return fail(ErrorKind::config,
                fmt::format("the private key {} cannot be read, or is empty", file.string()),
                "is auth's `key_file` right, and may the user that runs quarentena read it?");
  return text.str();
}

}  // namespace

struct SftpSession::State {
  SftpServer server;
  const std::atomic<bool>* stop;
  CURL* easy = nullptr;
  Status prepared;
  std::optional<MemoryFile> key, asked_type;
  bool rsa_key = false;

  // Of one call.
  const Sink* sink = nullptr;
  Status sink_status;
  std::vector<HostKey> shown;  ///< keys of the server that are not trusted
  bool other_key_known = false;
  std::string methods, key_problem;
  Clock::time_point heard, began;
  curl_off_t bytes = -1;
  bool answers_questions = false;  ///< keyboard-interactive, the only way some take a password
  enum class Gave { none, stopped, stalled } gave_up = Gave::none;
  char message[CURL_ERROR_SIZE] = {};

  State(SftpServer at, const std::atomic<bool>* stop_flag)
      : server(std::move(at)), stop(stop_flag), easy(curl_easy_init()) {
    prepared = prepare();
  }
  ~State() { curl_easy_cleanup(easy); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(easy, option, value);
  }

  Status prepare();
  Status prepare_sign_in();
  void prepare_trust();
  Status perform(const std::string& path);
  CURLcode attempt();
  CURLcode attempt_each_key_type();
  bool nothing_in_common() const;
  bool cut_while_signing_in() const;
  std::string address(const std::string& path) const {
    return fmt::format("sftp://{}:{}{}", server.host, server.port, path);
  }
  Error error_of(CURLcode code, const std::string& path) const;
  Error host_key_error(const std::string& where) const;
  Error sign_in_error(const std::string& where) const;

  static std::size_t on_bytes(char* data, std::size_t, std::size_t size, void* self);
  static int on_progress(void* self, curl_off_t, curl_off_t now, curl_off_t, curl_off_t);
  static int on_text(CURL*, curl_infotype type, char* data, std::size_t size, void* self);
  static int on_host_key(void* self, int, const char* key, std::size_t size);
  static int on_known_host(CURL*, const curl_khkey*, const curl_khkey* found, curl_khmatch match,
                           void* self);
};

using State = SftpSession::State;

std::size_t State::on_bytes(char* data, std::size_t, std::size_t size, void* self) {
  auto& state = *static_cast<State*>(self);
  if (state.sink == nullptr) return size;
  state.sink_status = (*state.sink)({data, size});
  return state.sink_status ? size : size + 1;  // another number than `size` ends the transfer
}

/// Called about once a second also while nothing comes: libcurl's own limit on slow transfers does
/// not count while a server is silent before the first byte.
int State::on_progress(void* self, curl_off_t, curl_off_t now, curl_off_t, curl_off_t) {
  auto& state = *static_cast<State*>(self);
  if (state.stop != nullptr && *state.stop) state.gave_up = Gave::stopped;
  if (now != state.bytes) {
    state.bytes = now;
    state.heard = Clock::now();
  }
  if (Clock::now() - state.heard > state.server.stall_timeout) state.gave_up = Gave::stalled;
  return state.gave_up == Gave::none ? 0 : 1;
}

/// What libcurl only says in its verbose text: how the server would let us in, and why not.
int State::on_text(CURL*, curl_infotype type, char* data, std::size_t size, void* self) {
  auto& state = *static_cast<State*>(self);
  state.heard = Clock::now();
  if (type != CURLINFO_TEXT) return 0;
  const std::string_view line(data, size);
  static constexpr std::string_view kMethods = "SSH authentication methods available: ";
  static constexpr std::string_view kKey = "SSH public key authentication failed: ";
  const auto rest_of = [&](std::string_view start) {
    return std::string(line.substr(start.size(), line.find('\n') - start.size()));
  };
  if (line.starts_with(kMethods)) state.methods = rest_of(kMethods);
  if (line.starts_with(kKey)) state.key_problem = rest_of(kKey);
  return 0;
}

int State::on_host_key(void* self, int, const char* key, std::size_t size) {
  auto& state = *static_cast<State*>(self);
  const HostKey shown{std::string(key, size)};
  const auto& pins = state.server.pins;
  const std::string fingerprint = shown.fingerprint();
  if (std::any_of(pins.begin(), pins.end(),
                  [&](const auto& pin) { return same_fingerprint(pin, fingerprint); }))
    return CURLKHMATCH_OK;
  state.shown.push_back(shown);
  return CURLKHMATCH_MISMATCH;
}

int State::on_known_host(CURL*, const curl_khkey*, const curl_khkey* found, curl_khmatch match,
                         void* self) {
  auto& state = *static_cast<State*>(self);
  if (match == CURLKHMATCH_OK) return CURLKHSTAT_FINE;
  state.other_key_known = match == CURLKHMATCH_MISMATCH;
  const std::string text =
      found->len > 0 ? std::string(found->key, found->len) : base64_decoded(found->key);
  state.shown.push_back(HostKey{text});
  return CURLKHSTAT_REJECT;
}

Status State::prepare() {
  if (easy == nullptr) return fail(ErrorKind::machine, "libcurl cannot be started");
  set(CURLOPT_PROTOCOLS_STR, "sftp");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_FILETIME, 1L);
  // How far libssh2 asks ahead: with libcurl's usual 16 KiB every piece costs a round trip.
  set(CURLOPT_BUFFERSIZE, 512L * 1024);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(server.connect_timeout.count()));
  set(CURLOPT_ERRORBUFFER, message);
  set(CURLOPT_WRITEFUNCTION, &State::on_bytes);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &State::on_progress);
  set(CURLOPT_XFERINFODATA, this);
  set(CURLOPT_VERBOSE, 1L);
  set(CURLOPT_DEBUGFUNCTION, &State::on_text);
  set(CURLOPT_DEBUGDATA, this);
  prepare_trust();
  return prepare_sign_in();
}

void State::prepare_trust() {
  if (server.pins.empty() && !server.known_hosts.empty()) {
    set(CURLOPT_SSH_KNOWNHOSTS, server.known_hosts.c_str());
    set(CURLOPT_SSH_KEYFUNCTION, &State::on_known_host);
    set(CURLOPT_SSH_KEYDATA, this);
    return;
  }
  set(CURLOPT_SSH_HOSTKEYFUNCTION, &State::on_host_key);
  set(CURLOPT_SSH_HOSTKEYDATA, this);
}

Status State::prepare_sign_in() {
  const bool has_key = !server.key_file.empty() || !server.private_key.empty();
  if (server.user.empty())
    return fail(ErrorKind::config, fmt::format("{}: no user", address("")),
                "add to auth: user: the name the server knows");
  if (has_key != server.password.empty())
    return fail(ErrorKind::config,
                fmt::format("{}: {}", address(""),
                            has_key ? "a password and a key" : "neither a password nor a key"),
                "give auth either `password`, or `key_file` or `private_key` (with `passphrase`)");
  set(CURLOPT_USERNAME, server.user.c_str());
  if (!has_key) {
    set(CURLOPT_PASSWORD, server.password.reveal().c_str());
    set(CURLOPT_SSH_AUTH_TYPES, static_cast<long>(CURLSSH_AUTH_PASSWORD));
    return {};
  }
  std::string text = server.private_key.reveal();
  if (text.empty()) {
    TRY_ASSIGN(text, key_text(server.key_file));
  }
  // A variable or a secret's store often loses the last line break, without which it is no PEM.
  if (!text.ends_with('\n')) text += '\n';
  rsa_key = is_rsa_key(text);
  const bool putty = text.starts_with("PuTTY-User-Key-File");
  auto held = MemoryFile::holding(text);
  wipe(text);
  if (putty)
    return fail(ErrorKind::config,
                fmt::format("{}: the private key is in PuTTY's form", address("")),
                "convert it: puttygen key.ppk -O private-openssh -o key");
  if (!held) return fail_with(std::move(held));
  key = std::move(*held);
  set(CURLOPT_SSH_PRIVATE_KEYFILE, key->path().c_str());
  if (!server.passphrase.empty()) set(CURLOPT_KEYPASSWD, server.passphrase.reveal().c_str());
  set(CURLOPT_SSH_AUTH_TYPES, static_cast<long>(CURLSSH_AUTH_PUBLICKEY));
  return {};
}

CURLcode State::attempt() {
  methods.clear();
  key_problem.clear();
  message[0] = '\0';
  gave_up = Gave::none;
  bytes = -1;
  heard = Clock::now();
  CURLcode code = curl_easy_perform(easy);
  // A server that asks instead of taking a password was never shown it: this is the first try.
  if (code == CURLE_LOGIN_DENIED && !server.password.empty() &&
      methods.find("password") == std::string::npos &&
      methods.find("keyboard-interactive") != std::string::npos && !answers_questions) {
    set(CURLOPT_SSH_AUTH_TYPES, static_cast<long>(CURLSSH_AUTH_KEYBOARD));
    answers_questions = true;
    return attempt();
  }
  return code;
}

CURLcode State::attempt_each_key_type() {
  CURLcode code = CURLE_OK;
  for (const char* type : kKeyTypes) {
    if (*type != '\0') {
      auto line = line_asking_for(type, server);
      if (!line) break;
      asked_type = std::move(*line);
      set(CURLOPT_SSH_KNOWNHOSTS, asked_type->path().c_str());
    }
    const auto before = shown.size();
    const CURLcode now = attempt();
    const bool refused = now == CURLE_PEER_FAILED_VERIFICATION && shown.size() > before;
    const bool not_offered = *type != '\0' && nothing_in_common();
    if (!not_offered) code = now;
    if (!refused && !not_offered) return code;
    if (server.pins.empty() || shown.empty()) return code;
  }
  set(CURLOPT_SSH_KNOWNHOSTS, nullptr);
  return code;
}

/// The server has no key of the type that it was asked for (LIBSSH2_ERROR_KEX_FAILURE). A
/// connection that ends while keys are exchanged (a server with too many of them, sshd's
/// MaxStartups) has another number, and says nothing about keys.
bool State::nothing_in_common() const {
  return std::string_view(message).starts_with("Failure establishing ssh session: -5,");
}

/// libcurl calls it a refusal. Of a password nobody knows whether it was looked at: it is not sent
/// again.
bool State::cut_while_signing_in() const {
  return server.password.empty() && key_problem.starts_with("Waiting for");
}

Status State::perform(const std::string& path) {
  if (!prepared) return prepared;
  if (stop != nullptr && *stop) return fail(ErrorKind::machine, "interrupted");
  shown.clear();
  other_key_known = false;
  sink_status = {};
  const std::string url = address(escaped_path(path));
  set(CURLOPT_URL, url.c_str());
  // Once a type was found, its line stays set and the first attempt is enough.
  const bool by_pin = server.known_hosts.empty() || !server.pins.empty();
  const CURLcode code = by_pin && !asked_type ? attempt_each_key_type() : attempt();
  if (code == CURLE_OK) return {};
  if (code == CURLE_PEER_FAILED_VERIFICATION) asked_type.reset();
  if (!sink_status) return sink_status;
  return tl::unexpected<Error>(error_of(code, path));
}

Error State::host_key_error(const std::string& where) const {
  std::string keys;
  for (const HostKey& each : shown) {
    const std::string text = fmt::format("{} {}", each.type(), each.fingerprint());
    if (keys.find(text) == std::string::npos) keys += (keys.empty() ? "" : ", ") + text;
  }
  const std::string pin = fmt::format("host_key: \"{}\"", shown.front().fingerprint());
  const std::string known_line = fmt::format("[{}]:{} {} {}", server.host, server.port,
                                             shown.front().type(), shown.front().base64());
  const bool unknown = server.pins.empty() && !other_key_known;
  if (unknown && server.known_hosts.empty())
    return {
        ErrorKind::config,
        fmt::format("{}: the server's key is not known; it shows {}", where, keys),
        fmt::format("ask its administrator whether that is the key; if so, add to auth: {}", pin)};
  if (unknown)
    return {ErrorKind::auth,
            fmt::format("{}: the server is not in {}; it shows {}", where,
                        server.known_hosts.string(), keys),
            fmt::format("ask its administrator whether that is the key; if so, add the line: {}",
                        known_line)};
  return {ErrorKind::auth,
          fmt::format("{}: the server's key changed: it shows {}, which is not {}", where, keys,
                      server.pins.empty() ? "the one in " + server.known_hosts.string()
                                          : "pinned in auth's `host_key`"),
          fmt::format("somebody may be in between: ask its administrator; only if the key was "
                      "changed on purpose, {} {}",
                      server.pins.empty() ? "replace the server's line by:" : "use",
                      server.pins.empty() ? known_line : pin)};
}

Error State::sign_in_error(const std::string& where) const {
  const std::string takes = methods.empty() ? "" : fmt::format(" (the server takes: {})", methods);
  if (!server.password.empty())
    return {ErrorKind::auth, fmt::format("{}: user or password refused{}", where, takes),
            "correct auth's `user` and `password`; it was tried once, so the account is not locked "
            "by this"};
  const bool unreadable = key_problem.find("Unable to extract public key") != std::string::npos ||
                          key_problem.find("assphrase") != std::string::npos ||
                          key_problem.find("file") != std::string::npos;
  if (unreadable)
    return {ErrorKind::auth, fmt::format("{}: the private key does not open", where),
            server.passphrase.empty()
                ? "if it has a passphrase, add auth's `passphrase`; else it is not a key in "
                  "OpenSSH's or PEM form"
                : "is auth's `passphrase` right?"};
  if (rsa_key && signs_rsa_with_sha1())
    return {ErrorKind::auth, fmt::format("{}: user or RSA key refused{}", where, takes),
            fmt::format("{} signs RSA keys with SHA-1 only, which servers of today refuse: use an "
                        "ed25519 key (ssh-keygen -t ed25519), or libssh2 1.11",
                        curl_version_info(CURLVERSION_NOW)->libssh_version)};
  return {ErrorKind::auth, fmt::format("{}: user or key refused{}", where, takes),
          "is auth's `user` right, and is the key's public half on the server?"};
}

Error State::error_of(CURLcode code, const std::string& path) const {
  const std::string where = address(path);
  if (gave_up == Gave::stopped) return {ErrorKind::machine, "interrupted", {}};
  if (gave_up == Gave::stalled)
    return {ErrorKind::transient,
            fmt::format("{}: nothing came for {:.1f} s", where,
                        static_cast<double>(server.stall_timeout.count()) / 1000),
            "the server or the network is stuck; try again later"};
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
      if (!shown.empty()) return host_key_error(where);
      return {ErrorKind::auth, fmt::format("{}: the server's key cannot be checked", where), {}};
    case CURLE_LOGIN_DENIED:
      if (cut_while_signing_in())
        return {ErrorKind::transient,
                fmt::format("{}: the connection ended while signing in", where),
                "try again later; is the server overloaded?"};
      return sign_in_error(where);
    case CURLE_REMOTE_ACCESS_DENIED:
      return {ErrorKind::auth, fmt::format("{}: no permission", where),
              fmt::format("ask its administrator to let user '{}' read it", server.user)};
    case CURLE_REMOTE_FILE_NOT_FOUND:
      return {ErrorKind::missing, fmt::format("nothing at {}", where),
              "is the delivery late, or `location` wrong?"};
    case CURLE_COULDNT_RESOLVE_HOST:
      return {ErrorKind::transient, fmt::format("{}: the host's name is not known", where),
              "is `location` right, and does name resolution work here?"};
    default:
      return {code == CURLE_FAILED_INIT || code == CURLE_SSH ? ErrorKind::transient
                                                             : kind_of_curl(code),
              fmt::format("{}: {}", where, message[0] != '\0' ? message : curl_easy_strerror(code)),
              "try again later; if it stays, see whether the server answers: sftp -P " +
                  fmt::format("{} {}", server.port, server.host)};
  }
}

SftpSession::SftpSession(SftpServer server, const std::atomic<bool>* stop)
    : state_(std::make_unique<State>(std::move(server), stop)) {}
SftpSession::~SftpSession() = default;

Result<std::vector<SftpEntry>> SftpSession::list(const std::string& folder) {
  const std::string path = folder.ends_with('/') ? folder : folder + "/";
  // libcurl tells names, or lines as `ls -l` writes them. The names are certain; of the lines, only
  // which are folders is taken.
  std::string names, lines;
  State& state = *state_;
  state.set(CURLOPT_RESUME_FROM_LARGE, curl_off_t{0});
  state.set(CURLOPT_NOBODY, 0L);
  for (std::string* text : {&names, &lines}) {
    const Sink collect = [&](std::string_view bytes) -> Status {
      static constexpr std::size_t kMost = 64 << 20;
      if (text->size() + bytes.size() > kMost)
        return fail(ErrorKind::data, fmt::format("{}: too many files", state.address(path)));
      text->append(bytes);
      return {};
    };
    state.sink = &collect;
    state.set(CURLOPT_DIRLISTONLY, text == &names ? 1L : 0L);
    const Status done = state.perform(path);
    state.sink = nullptr;
    state.set(CURLOPT_DIRLISTONLY, 0L);
    if (!done) return tl::unexpected<Error>(done.error());
  }
  const auto shown = lines_of(lines);
  std::vector<std::string> folders;
  for (const auto& line : shown)
    if (line.starts_with('d')) folders.push_back(line);
  std::set<std::string> sorted;
  for (const auto& name : lines_of(names))
    if (!name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos)
      sorted.insert(name);
  std::vector<SftpEntry> entries;
  for (const auto& name : sorted)
    entries.push_back({name, std::any_of(folders.begin(), folders.end(), [&](const auto& line) {
                         return line.ends_with(" " + name);
                       })});
  return entries;
}

Result<SftpStat> SftpSession::stat(const std::string& file) {
  State& state = *state_;
  state.set(CURLOPT_RESUME_FROM_LARGE, curl_off_t{0});
  state.set(CURLOPT_NOBODY, 1L);
  TRY_STATUS(state.perform(file));
  curl_off_t size = -1, modified_s = -1;
  curl_easy_getinfo(state.easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size);
  curl_easy_getinfo(state.easy, CURLINFO_FILETIME_T, &modified_s);
  return SftpStat{std::max<curl_off_t>(size, 0), std::max<curl_off_t>(modified_s, 0) * 1000};
}

Status SftpSession::read(const std::string& file, std::int64_t from, std::int64_t size_bytes,
                         const Sink& sink) {
  if (from == size_bytes) return {};
  State& state = *state_;
  state.set(CURLOPT_NOBODY, 0L);
  state.set(CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(from));
  std::int64_t came = from;
  const Sink counted = [&](std::string_view bytes) -> Status {
    came += static_cast<std::int64_t>(bytes.size());
    if (came > size_bytes)
      return fail(ErrorKind::transient,
                  fmt::format("{}: it grows while it is read", state.address(file)),
                  "it is still being written; try again later");
    return sink(bytes);
  };
  state.sink = &counted;
  const Status done = state.perform(file);
  state.sink = nullptr;
  if (!done) return done;
  if (came == size_bytes) return {};
  return fail(ErrorKind::transient,
              fmt::format("{}: {} bytes came of {}", state.address(file), came, size_bytes),
              "it is still being written, or the connection broke; try again later");
}

}  // namespace quarentena
