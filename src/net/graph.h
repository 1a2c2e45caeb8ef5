#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "net/http.h"
#include "net/oauth.h"

/// Files of SharePoint and OneDrive through Microsoft Graph 1.0, read only.
/// Rules: learn.microsoft.com/graph/api (site, drive, driveItem) and .../graph/throttling.
namespace quarentena {

struct GraphDrive {
  std::string id;
  std::string name;      ///< as people see it: "Documents"
  std::string url_name;  ///< last part of its address, decoded: "Shared Documents"
};

struct GraphItem {
  enum class Kind { file, folder, other };  ///< other: a notebook, a link to somewhere else
  std::string id;
  std::string name;
  Kind kind = Kind::other;
  /// Of the content (cTag); the item's own eTag, which changes with any property, when the server
  /// gives no other.
  std::string tag;
  std::int64_t size_bytes = 0;
  std::int64_t modified_ms = 0;  ///< 0: not told
  std::string quick_xor_hash;    ///< base64; it and the next are empty when not given
  std::string sha256;            ///< hex, lower case
};

/// The application's view of one Graph endpoint. Every call carries the application's token,
/// renewed once when Graph answers 401; throttling (429, 503) is waited out as Retry-After says.
/// Names and paths are plain text: whatever needs escaping is escaped here. Thread-safe.
/// Errors: auth (no permission: names Graph's code), transient, data (an answer that is none),
/// machine (stopped). `nullopt` is a 404: it is not there, or the
/// application may not know that it is.
class Graph {
 public:
  struct Options {
    /// Another for a sovereign cloud. No slash at the end.
    std::string endpoint = "https://graph.microsoft.com";
    TlsOptions tls;
    ServerLimits limits;
    const std::atomic<bool>* stop = nullptr;  ///< may be null
  };
  Graph(AppTokens tokens, Options options);

  /// `path` is "sites/marketing"; empty is the host's root site.
  Result<std::optional<std::string>> site_id(const std::string& host, const std::string& path);
  Result<std::optional<std::vector<GraphDrive>>> drives(const std::string& site_id);
  /// `path` below the drive's root, without a slash at its ends; empty is the root itself.
  Result<std::optional<GraphItem>> item(const std::string& drive, const std::string& path);
  Result<std::optional<GraphItem>> item_by_id(const std::string& drive, const std::string& id);
  /// What a folder holds, page by page until `at_most` are known, in the server's order.
  Result<std::optional<std::vector<GraphItem>>> children(
      const std::string& drive, const std::string& folder_id,
      std::size_t at_most = static_cast<std::size_t>(-1));

  /// Brings a file whole to `part` and checks its size and its checksum. The bytes come from the
  /// pre-authenticated address that Graph hands out, which is never sent the token; a cut transfer
  /// goes on there, and on a fresh address when that one has expired. Errors: as `download`
  /// (net/http.h), data when size or checksum are not the item's, missing when it is gone.
  Result<Downloaded> download(const std::string& drive, const GraphItem& file,
                              const std::filesystem::path& part);

 private:
  Result<HttpResponse> get(const std::string& url);
  Result<std::optional<std::string>> get_body(const std::string& url);
  Status same_endpoint(const std::string& link) const;
  Result<HttpRequest> file_address(const std::string& drive, const GraphItem& file);
  std::string v1(const std::string& path) const;

  AppTokens tokens_;
  Options options_;
};

/// What came has the size and the checksum (the stronger one known) that the item tells of. Errors:
/// data.
Status verify_content(const GraphItem& item, const Downloaded& came);

}  // namespace quarentena
