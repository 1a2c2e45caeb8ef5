#include "net/curl_exchange.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <thread>

#include "net/address.h"
#include "net/curl_setup.h"

namespace quarentena {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kMaxRedirects = 10;

/// One a thread: it keeps its connections to every host between requests.
class Handle {
 public:
  static Handle& of_thread() {
    start_curl();
    static thread_local Handle handle;
    return handle;
  }
  ~Handle() {
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  /// Null: out of memory.
  CURL* easy() const { return multi_ ? easy_ : nullptr; }
  /// As curl_easy_perform, but for what lies between two reads. `body_bytes` is what came so far.
  CURLcode perform(const std::uint64_t& body_bytes);

 private:
  Handle() = default;

  CURL* easy_ = curl_easy_init();
  CURLM* multi_ = curl_multi_init();
};

/// A quick server sends a record at a time, and each would wake us: with the wakings of both sides
/// a large file over loopback took a quarter longer. So when the connection was emptied in the
/// middle of a large body, the next bytes are given a moment to gather, as a network card gathers
/// packets before it interrupts. Where bytes come slower than that, it is spent in poll anyway.
constexpr std::uint64_t kLargeBody = 1 << 20;
constexpr std::chrono::microseconds kGather{60};

CURLcode Handle::perform(const std::uint64_t& body_bytes) {
  constexpr int kLookMs = 1000;  // libcurl's timeouts and progress wake it earlier
  if (curl_multi_add_handle(multi_, easy_) != CURLM_OK) return CURLE_FAILED_INIT;
  CURLcode code = CURLE_OK;
  for (int running = 1; running;) {
    const auto before = body_bytes;
    if (curl_multi_perform(multi_, &running) != CURLM_OK) code = CURLE_OUT_OF_MEMORY, running = 0;
    if (!running || body_bytes != before) continue;  // more may be here already
    if (body_bytes > kLargeBody) std::this_thread::sleep_for(kGather);
    if (curl_multi_poll(multi_, nullptr, 0, kLookMs, nullptr) != CURLM_OK)
      code = CURLE_OUT_OF_MEMORY, running = 0;
  }
  for (int left = 0; const CURLMsg* message = curl_multi_info_read(multi_, &left);)
    if (message->msg == CURLMSG_DONE) code = message->data.result;
  curl_multi_remove_handle(multi_, easy_);
  return code;
}

/// Request headers; those that were secret are wiped when the list goes.
class HeaderList {
 public:
  HeaderList() = default;
  ~HeaderList() {
    for (auto* item = list_; item; item = item->next)
      explicit_bzero(item->data, std::strlen(item->data));
    curl_slist_free_all(list_);
  }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;

  /// False: a name or value with a line break in it, which would be another header.
  bool add(const std::string& name, const std::string& value) {
    if ((name + value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      return false;
    std::string line = value.empty() ? name + ";" : name + ": " + value;
    list_ = curl_slist_append(list_, line.c_str());
    wipe(line);
    return true;
  }
  /// Headers libcurl would add by itself.
  void leave_out(const char* name) {
    list_ = curl_slist_append(list_, (std::string(name) + ":").c_str());
  }
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

struct File {
  explicit File(const std::filesystem::path& path)
      : fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~File() {
    if (fd >= 0) ::close(fd);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd;
};

/// What libcurl's callbacks reach while one request is under way.
struct Wire {
  const HttpRequest& request;
  const ExchangeHooks& hooks;
  Exchange& out;
  CURL* curl;
  Clock::time_point last_byte = Clock::now();
  curl_off_t bytes = 0;
  std::uint64_t body_bytes = 0;
  bool head_done = false;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::strchr(" \t\r\n", text.front())) text.remove_prefix(1);
  while (!text.empty() && std::strchr(" \t\r\n", text.back())) text.remove_suffix(1);
  return text;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& response = static_cast<Wire*>(user)->out.response;
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) {  // a new head: after 100 Continue
    response.headers.clear();
    return size;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto value = trimmed(line.substr(colon + 1));
  const auto [at, is_new] = response.headers.try_emplace(std::move(name), value);
  if (!is_new) at->second.append(", ").append(value);
  return size;
}

void finish_head(Wire& wire) {
  if (wire.head_done) return;
  wire.head_done = true;
  auto& out = wire.out;
  long status = 0, version = 0;
  curl_off_t length = -1;
  curl_easy_getinfo(wire.curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(wire.curl, CURLINFO_HTTP_VERSION, &version);
  curl_easy_getinfo(wire.curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  out.response.status = static_cast<int>(status);
  if (length >= 0) out.content_length = length;
  const auto& encoding = out.response.header("transfer-encoding");
  out.end_is_marked =
      version >= CURL_HTTP_VERSION_2_0 || encoding.find("chunked") != std::string::npos;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& wire = *static_cast<Wire*>(user);
  finish_head(wire);
  wire.body_bytes += size;
  if (!wire.hooks.sink || wire.hooks.sink(wire.out, data, size)) return size;
  wire.out.refused_by_sink = true;
  return size + 1;  // anything but size gives up
}

int on_progress(void* user, curl_off_t, curl_off_t down, curl_off_t, curl_off_t up) {
  auto& wire = *static_cast<Wire*>(user);
  if (wire.hooks.tick) wire.hooks.tick();
  if (wire.request.stop && *wire.request.stop) {
    wire.out.stopped = true;
    return 1;
  }
  const auto now = Clock::now();
  if (down + up != wire.bytes) {
    wire.bytes = down + up;
    wire.last_byte = now;
  } else if (now - wire.last_byte > wire.request.timeouts.stall) {
    wire.out.stalled = true;
    return 1;
  }
  return 0;
}

std::size_t on_read(char* data, std::size_t size, std::size_t count, void* user) {
  const auto got = ::read(static_cast<File*>(user)->fd, data, size * count);
  return got < 0 ? CURL_READFUNC_ABORT : static_cast<std::size_t>(got);
}

int on_seek(void* user, curl_off_t offset, int origin) {
  return ::lseek(static_cast<File*>(user)->fd, offset, origin) < 0 ? CURL_SEEKFUNC_FAIL
                                                                   : CURL_SEEKFUNC_OK;
}

void set_body(CURL* curl, const HttpRequest& request, File& file) {
  if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    return;
  }
  if (file.fd >= 0) {
    const auto size = ::lseek(file.fd, 0, SEEK_END);
    ::lseek(file.fd, 0, SEEK_SET);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(curl, CURLOPT_READDATA, &file);
    curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(curl, CURLOPT_SEEKDATA, &file);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(size));
  } else if (request.method != "GET" || !request.body.empty()) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
  }
  if (request.method != "GET" || !request.body.empty())
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

enum class Credentials { send, leave_out };

bool set_headers(HeaderList& list, const HttpRequest& request, const ExchangeHooks& hooks,
                 Credentials credentials) {
  bool typed = false, agent = false, good = true;
  for (const auto& [name, value] : request.headers) {
    typed = typed || strcasecmp(name.c_str(), "content-type") == 0;
    agent = agent || strcasecmp(name.c_str(), "user-agent") == 0;
    good = list.add(name, value) && good;
  }
  for (const auto& [name, value] : hooks.extra_headers) good = list.add(name, value) && good;
  if (credentials == Credentials::send)
    for (const auto& [name, value] : request.secret_headers)
      good = list.add(name, value.reveal()) && good;
  if (!typed) list.leave_out("Content-Type");
  if (!agent) list.add("User-Agent", "quarentena/" QUARENTENA_VERSION);
  list.leave_out("Expect");  // asking first costs a round trip, or a second where nobody answers
  return good;
}

void set_transfer(CURL* curl, const HttpRequest& request, Wire& wire) {
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 512L * 1024);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(request.timeouts.connect.count()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeouts.total.count()));
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &wire);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &wire);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &wire);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

Result<Exchange> exchange_once(const HttpRequest& request, const std::string& url,
                               const ExchangeHooks& hooks, Credentials credentials) {
  Exchange out;
  out.response.url = url;
  auto& handle = Handle::of_thread();
  CURL* curl = handle.easy();
  if (!curl) return fail(ErrorKind::machine, "libcurl could not be started (out of memory?)");
  File file(request.body_file.empty() ? std::filesystem::path() : request.body_file);
  if (!request.body_file.empty() && file.fd < 0)
    return fail(ErrorKind::machine, fmt::format("cannot read {}: {}", request.body_file.string(),
                                                std::strerror(errno)));
  HeaderList headers;
  if (!set_headers(headers, request, hooks, credentials))
    return fail(ErrorKind::config,
                fmt::format("{}: a header with a line break in it", shown_url(url)),
                "does a secret's file or command give more than one line?");
  std::array<char, CURL_ERROR_SIZE> words{};
  Wire wire{request, hooks, out, curl};
  set_transfer(curl, request, wire);
  set_tls(curl, request.tls);
  set_body(curl, request, file);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words.data());
  {
    const WithoutSigpipe guard;
    out.curl_code = handle.perform(wire.body_bytes);
  }
  finish_head(wire);
  out.detail = words[0] ? words.data() : curl_easy_strerror(static_cast<CURLcode>(out.curl_code));
  curl_off_t ready_us = 0;  // connected, TLS included, and about to send
  curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
  out.reached_server = out.response.status != 0 || ready_us > 0;
  curl_easy_reset(curl);  // forgets the pointers into this frame, and the key's password
  return out;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// Where a redirect leads, or why it is not followed.
Result<std::string> next_address(const HttpRequest& request, const Exchange& answer,
                                 const Address& here) {
  const auto& from = answer.response.url;
  TRY_ASSIGN(std::string to, resolve_address(from, answer.response.header("location")));
  TRY_ASSIGN(const Address there, parse_address(to));
  const bool known = there.scheme == "https" || there.scheme == "http";
  if (!known || there.has_user || (here.scheme == "https" && there.scheme != "https"))
    return fail(
        ErrorKind::config,
        fmt::format("{}: redirected to {}, which is not followed", shown_url(from), shown_url(to)),
        "only https addresses without a user in them are");
  if (request.redirects == Redirects::same_host && !here.same_origin(there))
    return fail(ErrorKind::config,
                fmt::format("{}: redirected to another host, {}", shown_url(from), shown_url(to)),
                "is a sign-in page in the way? write the address of the file itself");
  if (request.method != "GET" && request.method != "HEAD" && answer.response.status < 307)
    return fail(
        ErrorKind::config,
        fmt::format("{}: {} was redirected to {}", shown_url(from), request.method, shown_url(to)),
        "write the address that it leads to");
  return to;
}

}  // namespace

Result<Exchange> exchange(const HttpRequest& request, const ExchangeHooks& hooks) {
  TRY_ASSIGN(const Address first, parse_address(request.url));
  if (first.scheme != "https" && first.scheme != "http")
    return fail(ErrorKind::config, fmt::format("{} is not https", shown_url(request.url)));
  if (first.has_user)
    return fail(ErrorKind::config,
                fmt::format("{} has a user or password in its address", shown_url(request.url)),
                "write them under `auth`, the password as a reference");
  const bool follow = request.redirects != Redirects::refuse;
  ExchangeHooks quiet = hooks;
  // The body of a redirect is a note to a person.
  if (follow && hooks.sink)
    quiet.sink = [&](const Exchange& answer, const char* data, std::size_t size) {
      return is_redirect(answer.response.status) || hooks.sink(answer, data, size);
    };
  std::string url = request.url;
  Address here = first;
  // Once away from their host, secrets do not come back, for the other host chose where to go.
  auto credentials = Credentials::send;
  for (int hop = 0; hop <= kMaxRedirects; ++hop) {
    TRY_ASSIGN(Exchange answer, exchange_once(request, url, quiet, credentials));
    if (!follow || !answer.complete() || !is_redirect(answer.response.status) ||
        answer.response.header("location").empty())
      return answer;
    TRY_ASSIGN(url, next_address(request, answer, here));
    TRY_ASSIGN(here, parse_address(url));
    if (!here.same_origin(first)) credentials = Credentials::leave_out;
  }
  return fail(ErrorKind::config, fmt::format("{}: redirected more than {} times",
                                             shown_url(request.url), kMaxRedirects));
}

namespace {

/// A TLS alert by which the server says that it wants a client certificate, or another one.
bool is_about_client_certificate(const std::string& words) {
  if (words.find("alert") == std::string::npos) return false;
  for (const char* alert :
       {"certificate required", "bad certificate", "unknown ca", "certificate unknown",
        "certificate expired", "certificate revoked", "access denied"})
    if (words.find(alert) != std::string::npos) return true;
  return false;
}

Error untrusted(const std::string& where, const std::string& words) {
  return {ErrorKind::config,
          fmt::format("{}: the server's certificate is refused: {}", where, words),
          "for a private authority name its PEM file in `auth.ca_file` or QUARENTENA_CA_FILE; "
          "verification cannot be switched off"};
}

}  // namespace

Error exchange_error(const HttpRequest& request, const Exchange& exchange) {
  const auto where = shown_url(exchange.response.url.empty() ? request.url : exchange.response.url);
  const auto& words = exchange.detail;
  if (exchange.stopped) return {ErrorKind::machine, fmt::format("{}: interrupted", where), {}};
  if (exchange.stalled)
    return {ErrorKind::transient,
            fmt::format("{}: no byte for {} s", where,
                        static_cast<double>(request.timeouts.stall.count()) / 1000),
            "the server or the network is stuck; run again later"};
  if (is_about_client_certificate(words))
    return {ErrorKind::auth,
            fmt::format("{}: the server refuses the client certificate ({})", where,
                        request.tls.client_certificate.empty() ? "none was sent" : words),
            "name a certificate that it accepts in `auth.certificate` and its key in `key_file`"};
  const auto code = static_cast<CURLcode>(exchange.curl_code);
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      return untrusted(where, words);
    case CURLE_SSL_CACERT_BADFILE:
      return {ErrorKind::config,
              fmt::format("{}: cannot read the authorities in {}", where, ca_file(request.tls)),
              "it must be a PEM file"};
    case CURLE_SSL_CERTPROBLEM:
      return {ErrorKind::config,
              fmt::format("{}: cannot use the client certificate {}", where,
                          request.tls.client_certificate.string()),
              "it and its key must be PEM and belong together; `passphrase` opens the key"};
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {ErrorKind::transient, fmt::format("{}: {}", where, curl_easy_strerror(code)),
              "is the name right, and does this machine reach its name server?"};
    case CURLE_OPERATION_TIMEDOUT:
      return {ErrorKind::transient, fmt::format("{}: no answer in time", where),
              "is the host right, and does a firewall or proxy stand between?"};
    case CURLE_COULDNT_CONNECT:
      return {
          ErrorKind::transient, fmt::format("{}: {}", where, curl_easy_strerror(code)),
          "are host and port right, does the server run, and may this machine reach it (firewall, "
          "https_proxy)?"};
    default: {
      const auto kind = kind_of_curl(code);
      return {kind, fmt::format("{}: {}", where, curl_easy_strerror(code)),
              kind == ErrorKind::transient ? "the connection broke: run again later; if it stays, "
                                             "ask who runs the server or the network"
                                           : ""};
    }
  }
}

}  // namespace quarentena
