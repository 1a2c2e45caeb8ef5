#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"

/// SFTP over libcurl. The server's key is always checked before anything secret is sent.
namespace quarentena {

struct SftpServer {
  std::string host;
  int port = 22;
  std::string user;
  // A password or a key, not both: a second way after a refused first would be a second try.
  Secret password;
  std::filesystem::path key_file;
  Secret private_key;  ///< the key itself, in place of key_file
  Secret passphrase;   ///< of the key
  // One of the two, else every call is refused with the fingerprint the server shows.
  std::vector<std::string> pins;      ///< `SHA256:...`; any of them will do. They go before:
  std::filesystem::path known_hosts;  ///< as ssh writes it
  std::chrono::milliseconds connect_timeout{15'000};  ///< until signed in
  std::chrono::milliseconds stall_timeout{30'000};    ///< nothing heard for so long
};

struct SftpEntry {
  std::string name;
  bool folder = false;
};

struct SftpStat {
  std::int64_t size_bytes = 0;  ///< 0 also when the server tells no size
  std::int64_t modified_ms = 0;
};

/// One server, one connection kept open between calls and opened again when it broke. No retries:
/// the caller has them (net/retry.h). Not thread-safe.
/// Errors: auth (password, key or host key refused, no permission), config (no pin, unusable key),
/// missing (no such file), transient (network, stalled), machine (`stop` is set). `what` begins
/// with sftp://host:port/path and holds neither user nor secret.
class SftpSession {
 public:
  explicit SftpSession(SftpServer server, const std::atomic<bool>* stop = nullptr);
  ~SftpSession();
  SftpSession(const SftpSession&) = delete;
  SftpSession& operator=(const SftpSession&) = delete;

  /// What is in a folder, by name, without `.` and `..`. A link to a folder is not called one.
  Result<std::vector<SftpEntry>> list(const std::string& folder);
  Result<SftpStat> stat(const std::string& file);

  using Sink = std::function<Status(std::string_view)>;
  /// The file's bytes from `from` on, as they come. Success: all of them came that the server told
  /// of when it opened the file, and those are `size_bytes` in all; any other size is transient.
  Status read(const std::string& file, std::int64_t from, std::int64_t size_bytes,
              const Sink& sink);

  struct State;  ///< libcurl's, in sftp.cpp

 private:
  std::unique_ptr<State> state_;
};

}  // namespace quarentena
