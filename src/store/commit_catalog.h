#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

/// Delta tables of the feature catalogManaged: a commit is a file beside the log until the catalog
/// says which version it is.
namespace quarentena {

/// A file in `_delta_log/_staged_commits`.
struct StagedCommit {
  std::int64_t version = 0;
  std::int64_t timestamp_ms = 0;  ///< the commit's own (inCommitTimestamp)
  std::string file_name;
  std::int64_t size_bytes = 0;
  std::int64_t modified_ms = 0;
};

struct RatifiedCommits {
  std::int64_t latest = 0;            ///< version of the table
  std::vector<StagedCommit> commits;  ///< those that may not be in the log yet, in any order
};

/// The catalog of one table. Calls block, and retry what is transient. Safe from several threads.
class CommitCatalog {
 public:
  virtual ~CommitCatalog() = default;
  CommitCatalog() = default;
  CommitCatalog(const CommitCatalog&) = delete;
  CommitCatalog& operator=(const CommitCatalog&) = delete;

  virtual Result<RatifiedCommits> ratified() const = 0;
  /// True: `commit` is its version now, also when an earlier answer was lost. False: another commit
  /// is. `published` is the last version that the log itself holds. After an error nobody knows yet
  /// whether the commit counts.
  virtual Result<bool> ratify(const StagedCommit& commit,
                              std::optional<std::int64_t> published) const = 0;
};

}  // namespace quarentena
