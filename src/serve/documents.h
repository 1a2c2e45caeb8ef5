#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "serve/reply.h"
#include "serve/worker.h"

namespace quarentena::serve {

/// A JSON document as it is sent. Never changed once made.
struct Document {
  std::string json, gzip;
};
using SharedDocument = std::shared_ptr<const Document>;

struct WantedDocument {
  enum class Work {
    look,  ///< at logs and small tables: a moment
    scan,  ///< of rows: seconds, for which no look waits
  };
  std::string key;
  /// What it is made from (a version of the table, say). Of another one the old document is given
  /// until the new one is there; so it is of one that is too old.
  std::string edition;
  int max_age_ms = 0;  ///< 0: of any age
  int stale_ms = 0;    ///< so old it is not given: who asks waits for the new one; 0: never
  Work work = Work::look;
  std::function<Result<std::string>()> make;  ///< on another thread
};

/// Documents about the table, made on threads of their own, one for each kind of work, so that
/// neither a scan nor a slow store keeps a check waiting. A few are kept. Safe from any thread.
class Documents {
 public:
  /// Nothing yet: `asker` is asked again when it is there, or told why it cannot be.
  SharedDocument get(const WantedDocument& wanted, const std::shared_ptr<Asker>& asker);
  /// Makes it before anybody asks; once an edition, whatever comes of it.
  void prepare(const WantedDocument& wanted);

 private:
  struct Entry {
    SharedDocument document;
    std::string edition;
    std::string prepared;  ///< the edition that was last made unasked
    std::int64_t made_ms = 0;
    std::int64_t failed_ms = 0;  ///< when it could not be made anew; 0: it could
    std::uint64_t used = 0;
    bool in_making = false;
    std::vector<std::shared_ptr<Asker>> askers;
  };
  static bool is_current(const Entry& entry, const WantedDocument& wanted, std::int64_t now_ms);
  bool begin(Entry& entry, const WantedDocument& wanted);
  void finish(const WantedDocument& wanted, Result<std::string> made);
  void forget_oldest();

  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  std::uint64_t uses_ = 0;
  Worker looks_, scans_;  ///< last: they end first
};

}  // namespace quarentena::serve
