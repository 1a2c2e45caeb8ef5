#include "serve/documents.h"

#include <zlib.h>

#include <algorithm>

#include "base/date.h"
#include "serve/access_log.h"
#include "serve/problem.h"

namespace quarentena::serve {
namespace {

constexpr std::size_t kKept = 64;
/// What failed is not tried again at once by everybody who looks.
constexpr std::int64_t kPause_ms = 5'000;

/// Empty when zlib has no memory: then it is sent as it is.
std::string gzip_of(const std::string& text) {
  z_stream stream{};
  constexpr int kGzip = 15 + 16;
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK)
    return {};
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(whole ? stream.total_out : 0);
  deflateEnd(&stream);
  return out;
}

}  // namespace

bool Documents::is_current(const Entry& entry, const WantedDocument& wanted, std::int64_t now) {
  return entry.document && entry.edition == wanted.edition &&
         (wanted.max_age_ms == 0 || now - entry.made_ms < wanted.max_age_ms);
}

SharedDocument Documents::get(const WantedDocument& wanted, const std::shared_ptr<Asker>& asker) {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = now_ms();
  auto& entry = entries_[wanted.key];
  entry.used = ++uses_;
  if (is_current(entry, wanted, now)) return entry.document;
  const bool pause = entry.document && now - entry.failed_ms < kPause_ms;
  if (!entry.in_making && !pause && !begin(entry, wanted)) {
    if (!entry.document) asker->finish(reply_with({503, "busy", "too much is asked for", 2}));
    return entry.document;
  }
  const bool stale = wanted.stale_ms != 0 && now - entry.made_ms >= wanted.stale_ms;
  const bool waits = !entry.document || (stale && entry.in_making);
  if (waits) entry.askers.push_back(asker);
  const auto document = waits ? nullptr : entry.document;
  forget_oldest();
  return document;
}

void Documents::prepare(const WantedDocument& wanted) {
  const std::lock_guard lock(mutex_);
  auto& entry = entries_[wanted.key];
  if (entry.in_making || entry.prepared == wanted.edition || is_current(entry, wanted, now_ms()))
    return;
  entry.used = ++uses_;
  if (begin(entry, wanted)) entry.prepared = wanted.edition;
}

bool Documents::begin(Entry& entry, const WantedDocument& wanted) {
  auto& worker = wanted.work == WantedDocument::Work::scan ? scans_ : looks_;
  entry.in_making = worker.offer([this, wanted] { finish(wanted, wanted.make()); });
  return entry.in_making;
}

void Documents::finish(const WantedDocument& wanted, Result<std::string> made) {
  SharedDocument document;
  if (made) {
    auto gzip = gzip_of(*made);
    document = std::make_shared<const Document>(Document{std::move(*made), std::move(gzip)});
  } else {
    log_event("document_failed", {{"document", wanted.key}, {"why", made.error().what}});
  }
  std::vector<std::shared_ptr<Asker>> askers;
  bool answers = false;
  {
    const std::lock_guard lock(mutex_);
    auto& entry = entries_[wanted.key];
    entry.in_making = false;
    askers.swap(entry.askers);
    entry.failed_ms = document ? 0 : now_ms();
    if (document) {
      entry.document = document;
      entry.edition = wanted.edition;
      entry.made_ms = now_ms();
    }
    answers = entry.document != nullptr;  // of those who wait for a newer one, too
  }
  for (const auto& asker : askers)
    answers ? asker->again() : asker->finish(reply_with(problem_of(made.error())));
}

void Documents::forget_oldest() {
  while (entries_.size() > kKept) {
    auto oldest = entries_.end();
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry)
      if (!entry->second.in_making &&
          (oldest == entries_.end() || entry->second.used < oldest->second.used))
        oldest = entry;
    if (oldest == entries_.end()) return;
    entries_.erase(oldest);
  }
}

}  // namespace quarentena::serve
