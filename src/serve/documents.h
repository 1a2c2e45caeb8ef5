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
  std::string key;
  /// What it was made from (a version of the table, say). Of another one the old document is given
  /// until the new one is there; so it is of one that is too old.
  std::string edition = {};
  int max_age_ms = 0;                         ///< 0: of any age
  std::function<Result<std::string>()> make;  ///< on another thread; takes as long as it takes
};

/// Documents about the table, made one after the other on a thread of their own, so that neither a
/// scan nor a slow store keeps a check waiting. A few are kept. Safe from any thread.
class Documents {
 public:
  /// Nothing yet: `asker` is asked again when it is there, or told why it cannot be.
  SharedDocument get(const WantedDocument& wanted, const std::shared_ptr<Asker>& asker);

 private:
  struct Entry {
    SharedDocument document;
    std::string edition;
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
  Worker worker_;  ///< last: it ends first
};

}  // namespace quarentena::serve
