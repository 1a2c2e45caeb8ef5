#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/arriving_file.h"
#include "base/error.h"
#include "base/secret.h"
#include "net/retry.h"

/// HTTP over libcurl. All functions may be called from any thread; each thread keeps its
/// connections open between calls. TLS is always verified (QUARENTENA_CA_FILE, SSL_CERT_FILE or
/// `tls.ca_file` name another authority); proxies come from the environment (https_proxy,
/// no_proxy). Errors and hints show an address as scheme://host/path: never its query, user or
/// fragment.
namespace quarentena {

/// What to do with 3xx. Secret headers never leave the host they were meant for.
enum class Redirects {
  refuse,             ///< the 3xx is the response
  same_host,          ///< followed to the same scheme, host and port; elsewhere is an error
  strip_credentials,  ///< followed anywhere over https, secret headers dropped on another host
};

struct TlsOptions {
  std::filesystem::path ca_file;             ///< PEM, in place of the system's authorities
  std::filesystem::path client_certificate;  ///< PEM; may hold the key too
  std::filesystem::path client_key;          ///< PEM
  Secret client_key_password;
};

struct HttpTimeouts {
  std::chrono::milliseconds connect{15'000};
  std::chrono::milliseconds stall{30'000};  ///< no byte in either direction for so long
  std::chrono::milliseconds total{0};       ///< of one attempt; 0: as long as bytes flow
};

/// How patient to be with one server, and how many connections at once its files may take.
struct ServerLimits {
  HttpTimeouts timeouts;
  RetryPolicy retry;
  int max_connections = 4;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;  ///< may carry a signature; it is never shown
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::pair<std::string, Secret>> secret_headers;  ///< `Authorization` and its like
  std::string body;
  std::filesystem::path body_file;  ///< the body, streamed; `body` is unused then
  Redirects redirects = Redirects::refuse;
  TlsOptions tls;
  HttpTimeouts timeouts;
  std::size_t max_response_bytes = 16 << 20;  ///< a larger body is ErrorKind::data
  const std::atomic<bool>* stop = nullptr;    ///< set: ErrorKind::machine; may be null
};

/// `{"Authorization", Secret("Bearer ...")}` and `Basic`.
std::pair<std::string, Secret> bearer(const Secret& token);
std::pair<std::string, Secret> basic(const std::string& user, const Secret& password);

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string>
      headers;  ///< names in lower case; repeated ones joined by ", "
  std::string body;
  std::string url;  ///< where it came from in the end; may carry a signature
  const std::string& header(const std::string& name) const;  ///< empty when absent
  bool ok() const { return status >= 200 && status < 300; }
};

/// Sends, and tries again what is transient: connection failures, stalls, 408 425 429 500 502 503
/// 504 (with Retry-After). A request that is not idempotent (POST, PATCH) is only sent again when
/// it did not reach the server or was answered 429 or 503. Any status is a value, the last 503 too:
/// see expect_ok. Errors: transient (no answer), config (bad address, TLS refused, redirect
/// refused), auth (client certificate), data (body too large), machine (stopped).
Result<HttpResponse> send(const HttpRequest& request, const RetryPolicy& retry = {});

/// The response when it is 2xx, else an Error with kind_of_status, naming the shown address and
/// status. The server's body is not in it, for servers echo what they were sent.
Result<HttpResponse> expect_ok(const HttpRequest& request, Result<HttpResponse> response);
Error status_error(const HttpRequest& request, int status);

struct HttpDownload {
  HttpRequest request;         ///< a GET; redirects as it says
  std::filesystem::path part;  ///< where the bytes go (`<name>.part`); what is there is resumed
  std::string known_etag;      ///< If-None-Match: an unchanged file is not sent
  std::optional<std::int64_t> expected_size;  ///< another size is ErrorKind::data
  /// Called about ten times a second with the bytes so far and the whole size, if known.
  std::function<void(std::int64_t, std::optional<std::int64_t>)> progress;
  /// Looks at the head (status, headers; no body) of a 200 or 206 before any byte is kept.
  std::function<Status(const HttpResponse&)> accept;
  /// A fresh request when the address or token ran out (401, 403, 410). Called once in a row: again
  /// only after bytes arrived, so what is refused for good is refused. May be empty.
  std::function<Result<HttpRequest>()> renew;
  RetryPolicy retry;        ///< counts attempts that brought less than 64 KiB
  int max_connections = 4;  ///< to that host at once, see HostSlot; the others wait
  ArrivingFile::Digests digests = ArrivingFile::Digests::sha256;
};

struct Downloaded {
  bool unchanged = false;  ///< 304: `part` was not written
  std::string etag;        ///< as sent, W/ and quotes included; empty when the server gives none
  std::string last_modified;
  std::int64_t size_bytes = 0;
  FileDigests digests;  ///< of the whole part; empty when unchanged
  HttpResponse head;    ///< of the last response, no body
};

/// Brings a file whole to `part`, synced to the disk; the caller renames it. A transfer that is cut
/// is resumed by Range with If-Range (strong ETag, else Last-Modified; without either it begins
/// again), also by a later process: `<part>.json` remembers which version the bytes are of. A
/// server that changed the file, ignores the Range or sends another one makes it begin again. A
/// body that ends too soon is never taken for whole: its size must be known by Content-Length,
/// chunked ends, HTTP/2, Content-Range or expected_size, and `Repr-Digest`, `Digest` and
/// `Content-MD5` are checked when sent. Errors: as send; and data (empty, wrong size or digest,
/// length not told), machine (disk full).
Result<Downloaded> download(const HttpDownload& download);

/// `Last-Modified` and its like as milliseconds since 1970; nothing when it cannot be read.
std::optional<std::int64_t> http_date_ms(const std::string& text);

/// scheme://host/path, for messages.
std::string shown_url(const std::string& url);

/// Each byte that is not unreserved (RFC 3986) as %XX; `/` stays when keep_slash.
enum class Slash { escape, keep };
std::string percent_encoded(const std::string& text, Slash slash = Slash::escape);

}  // namespace quarentena
