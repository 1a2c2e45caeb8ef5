#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/arriving_file.h"
#include "net/address.h"
#include "net/curl_exchange.h"
#include "net/digest_header.h"
#include "net/host_slot.h"
#include "net/http.h"

namespace quarentena {
namespace {

constexpr std::int64_t kProgress = 64 * 1024;         ///< less is not worth another try
constexpr std::chrono::milliseconds kTickEvery{100};  ///< of HttpDownload::progress

/// Which version of the file the bytes in the part are of; kept beside it as `<part>.json`.
struct Version {
  std::string etag;
  std::string last_modified;
  std::optional<std::int64_t> total;

  /// What If-Range may hold: only a strong validator proves that bytes fit together (RFC
  /// 9110, 13.1.5).
  std::string validator() const {
    return etag.empty() || etag.starts_with("W/") ? last_modified : etag;
  }
  bool same_as(const Version& other) const {
    return (etag.empty() || other.etag.empty() || etag == other.etag) &&
           (last_modified.empty() || other.last_modified.empty() ||
            last_modified == other.last_modified) &&
           (!total || !other.total || total == other.total);
  }
};

struct ContentRange {
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::optional<std::int64_t> total;
};

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return {};
  return value;
}

/// `bytes 10-99/100`, or `/*`.
std::optional<ContentRange> content_range(std::string_view text) {
  if (!text.starts_with("bytes ")) return {};
  text.remove_prefix(6);
  const auto dash = text.find('-');
  const auto slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || dash > slash) return {};
  const auto from = number(text.substr(0, dash));
  const auto to = number(text.substr(dash + 1, slash - dash - 1));
  if (!from || !to || *to < *from) return {};
  return ContentRange{*from, *to, number(text.substr(slash + 1))};
}

std::string size_text(std::optional<std::int64_t> size) {
  return size ? fmt::format("{} bytes", *size) : "an unknown size";
}

/// One file's way from the server to `part`, over as many attempts as it takes.
class Transfer {
 public:
  explicit Transfer(const HttpDownload& download)
      : download_(download),
        request_(download.request),
        file_(download.part, download.digests),
        retries_(download.retry) {}

  Result<Downloaded> run();

 private:
  enum class Next { done, unchanged, again };

  Status open_part();
  Result<Next> attempt();
  std::vector<std::pair<std::string, std::string>> conditions() const;
  bool take(const Exchange& answer, const char* data, std::size_t size);
  bool begin(const Exchange& answer);
  bool begin_whole(const Exchange& answer);
  bool begin_rest(const Exchange& answer);
  bool begin_again();
  Result<Next> after(Exchange& answer);
  Result<Next> after_status(const Exchange& answer);
  Result<Next> after_body(const Exchange& answer);
  Result<Next> try_again(Error error, std::optional<std::chrono::milliseconds> asked = {});
  Result<FileDigests> finish();
  void remember() const;
  void tell();
  std::int64_t size() const { return file_.size(); }  ///< of the part
  std::string where() const { return shown_url(download_.request.url); }
  bool give_up(Error error) {
    error_ = std::move(error);
    return false;
  }

  const HttpDownload& download_;
  HttpRequest request_;
  ArrivingFile file_;
  Retries retries_;
  std::int64_t furthest_ = 0;
  Version version_;
  std::optional<PromisedDigest> digest_;
  bool begun_ = false;              ///< this attempt's head was looked at
  bool renewed_ = false;            ///< and nothing arrived since
  std::optional<std::int64_t> to_;  ///< where this attempt's range ends
  std::optional<Error> error_;      ///< why the sink gave up
  std::chrono::steady_clock::time_point told_{};
  HttpResponse head_;
};

Result<Downloaded> Transfer::run() {
  TRY_STATUS(open_part());
  Next next = Next::again;
  while (next == Next::again) {
    TRY_ASSIGN(next, attempt());
  }
  Downloaded out;
  out.head = std::move(head_);
  out.etag = out.head.header("etag");
  out.last_modified = out.head.header("last-modified");
  if (next == Next::unchanged) {
    std::error_code ignored;
    std::filesystem::remove(download_.part, ignored);
    out.unchanged = true;
    return out;
  }
  TRY_ASSIGN(out.digests, finish());
  out.size_bytes = file_.size();
  return out;
}

/// What an earlier process left is resumed only if it is known what it is the beginning of.
Status Transfer::open_part() {
  TRY_STATUS(file_.open());
  std::ifstream in(download_.part.string() + ".json");
  const auto json = nlohmann::json::parse(in, nullptr, false);
  if (json.is_object()) {
    version_.etag = json.value("etag", "");
    version_.last_modified = json.value("last_modified", "");
    if (const auto total = json.value("total", std::int64_t{-1}); total >= 0)
      version_.total = total;
  }
  const bool usable =
      !version_.validator().empty() && size() > 0 && (!version_.total || size() < *version_.total);
  if (!usable && !begin_again()) return tl::unexpected<Error>(*error_);
  furthest_ = size();
  return {};
}

bool Transfer::begin_again() {
  if (auto done = file_.begin_again(); !done) return give_up(std::move(done.error()));
  version_ = {};
  digest_ = {};
  return true;
}

void Transfer::remember() const {
  nlohmann::json json{{"etag", version_.etag}, {"last_modified", version_.last_modified}};
  if (version_.total) json["total"] = *version_.total;
  std::ofstream(download_.part.string() + ".json", std::ios::trunc)
      << json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<std::pair<std::string, std::string>> Transfer::conditions() const {
  // Compressed on the way it could be neither resumed nor compared with the size.
  std::vector<std::pair<std::string, std::string>> out{{"Accept-Encoding", "identity"}};
  if (size() > 0) {
    out.emplace_back("Range", fmt::format("bytes={}-", size()));
    out.emplace_back("If-Range", version_.validator());
  } else if (!download_.known_etag.empty()) {
    out.emplace_back("If-None-Match", download_.known_etag);
  }
  return out;
}

Result<Transfer::Next> Transfer::attempt() {
  if (size() > 0 && version_.validator().empty() && !begin_again())
    return tl::unexpected<Error>(*error_);
  begun_ = false;
  to_ = {};
  ExchangeHooks hooks;
  hooks.extra_headers = conditions();
  hooks.sink = [this](const Exchange& answer, const char* data, std::size_t size) {
    return take(answer, data, size);
  };
  hooks.tick = [this] { tell(); };
  TRY_ASSIGN(Exchange answer, exchange(request_, hooks));
  head_ = answer.response;
  // Only further than ever before is progress: bytes that have to be brought again and again, for
  // the server does not resume or changes the file, would otherwise go on forever.
  if (size() > furthest_) renewed_ = false;
  if (size() - furthest_ >= kProgress && !version_.validator().empty()) retries_.progressed();
  furthest_ = std::max(furthest_, size());
  return after(answer);
}

bool Transfer::take(const Exchange& answer, const char* data, std::size_t bytes) {
  const int status = answer.response.status;
  if (status != 200 && status != 206) return true;  // the words of an error page
  if (!begun_ && !begin(answer)) return false;
  if (auto done = file_.append({data, bytes}); !done) return give_up(std::move(done.error()));
  const auto most = version_.total ? version_.total : download_.expected_size;
  if (most && size() > *most)
    return give_up({ErrorKind::data,
                    fmt::format("{}: more than the {} bytes that it should have", where(), *most),
                    "the file changed meanwhile; run again"});
  tell();
  return true;
}

bool Transfer::begin(const Exchange& answer) {
  begun_ = true;
  if (download_.accept)
    if (auto accepted = download_.accept(answer.response); !accepted)
      return give_up(std::move(accepted.error()));
  const bool good = answer.response.status == 206 ? begin_rest(answer) : begin_whole(answer);
  if (!good) return false;
  if (!digest_) digest_ = promised_digest(answer.response);
  const auto& expected = download_.expected_size;
  if (expected && version_.total && *expected != *version_.total)
    return give_up({ErrorKind::data,
                    fmt::format("{}: has {} bytes, but {} were announced", where(), *version_.total,
                                *expected),
                    "the file changed meanwhile; run again"});
  remember();
  return true;
}

/// A file that changed within the minute may change again within the same second of its date
/// (RFC 9110, 8.8.2.2): such a date proves nothing.
std::string strong_date(const HttpResponse& head) {
  const auto& text = head.header("last-modified");
  const auto changed = http_date_ms(text);
  const auto sent = http_date_ms(head.header("date"));
  return changed && sent && *sent - *changed >= 60'000 ? text : std::string();
}

/// 200: the whole file, also where its rest was asked for.
bool Transfer::begin_whole(const Exchange& answer) {
  if (!begin_again()) return false;
  version_ = {answer.response.header("etag"), strong_date(answer.response), answer.content_length};
  return true;
}

/// 206: must go on exactly where the part ends, in the same version of the file.
bool Transfer::begin_rest(const Exchange& answer) {
  const auto range = content_range(answer.response.header("content-range"));
  Version sent{answer.response.header("etag"), answer.response.header("last-modified"), {}};
  if (range) sent.total = range->total;
  if (!range || range->from != size() || !version_.same_as(sent)) {
    begin_again();
    return give_up(
        {ErrorKind::transient,
         fmt::format("{}: the server sent another part of the file than was asked for", where()),
         {}});
  }
  to_ = range->to + 1;
  if (!version_.total) version_.total = range->total;
  if (version_.etag.empty()) version_.etag = sent.etag;
  return true;
}

Result<Transfer::Next> Transfer::after(Exchange& answer) {
  const int status = answer.response.status;
  const bool has_body = status == 200 || status == 206;
  // A head without a byte after it was not looked at yet.
  if (answer.complete() && has_body && !begun_) begin(answer);
  if (error_) {
    Error error = *std::exchange(error_, std::nullopt);
    if (error.kind == ErrorKind::transient) return try_again(std::move(error));
    return tl::unexpected<Error>(std::move(error));
  }
  if (!answer.complete()) {
    auto error = exchange_error(request_, answer);
    if (error.kind == ErrorKind::transient && size() > 0)
      error.what = fmt::format("{} after {} of {}", error.what, size(), size_text(version_.total));
    if (error.kind != ErrorKind::transient) return tl::unexpected<Error>(std::move(error));
    return try_again(std::move(error));
  }
  return has_body ? after_body(answer) : after_status(answer);
}

Result<Transfer::Next> Transfer::after_status(const Exchange& answer) {
  const int status = answer.response.status;
  if (status == 304 && !download_.known_etag.empty() && size() == 0) return Next::unchanged;
  if (status == 416 && size() > 0) {  // the file is shorter now
    if (!begin_again()) return tl::unexpected<Error>(*error_);
    return try_again(status_error(request_, 503));
  }
  if ((status == 401 || status == 403 || status == 410) && download_.renew && !renewed_) {
    renewed_ = true;
    TRY_ASSIGN(request_, download_.renew());
    return Next::again;
  }
  auto error = status_error(request_, status);
  if (!is_retried_status(status)) return tl::unexpected<Error>(std::move(error));
  return try_again(std::move(error), retry_after(answer.response.header("retry-after")));
}

Result<Transfer::Next> Transfer::after_body(const Exchange& answer) {
  if (version_.total && size() < *version_.total) {
    // A server may give less than the range that was asked for; then the next piece is due.
    if (to_ && size() == *to_) return Next::again;
    return try_again(
        {ErrorKind::transient,
         fmt::format("{}: ended after {} of {} bytes", where(), size(), *version_.total),
         {}});
  }
  if (size() == 0)
    return fail(ErrorKind::data, fmt::format("{} is empty (0 bytes)", where()),
                "an empty file is not a delivery; ask its sender for it again");
  if (download_.expected_size && size() != *download_.expected_size)
    return fail(ErrorKind::data,
                fmt::format("{}: has {} bytes, but {} were announced", where(), size(),
                            *download_.expected_size),
                "the file changed meanwhile; run again");
  const bool known = version_.total || download_.expected_size || digest_ || answer.end_is_marked;
  if (!known)
    return fail(ErrorKind::data,
                fmt::format("{}: the server does not tell how long the file is, so a cut one could "
                            "not be told from a whole one",
                            where()),
                "it must send Content-Length, or chunked encoding");
  return Next::done;
}

Result<Transfer::Next> Transfer::try_again(Error error,
                                           std::optional<std::chrono::milliseconds> asked) {
  const auto wait = retries_.next_wait(asked);
  if (!wait) {
    error.what = with_tries(std::move(error.what), retries_.failures());
    return tl::unexpected<Error>(std::move(error));
  }
  TRY_STATUS(wait_unless_stopped(*wait, request_.stop));
  return Next::again;
}

Result<FileDigests> Transfer::finish() {
  TRY_ASSIGN(auto digests, file_.finish());
  if (digest_) {
    auto checked = check_digest(download_.part, *digest_);
    if (!checked) {
      begin_again();
      checked.error().what = fmt::format("{}: {}", where(), checked.error().what);
      return tl::unexpected<Error>(std::move(checked.error()));
    }
  }
  std::error_code ignored;
  std::filesystem::remove(download_.part.string() + ".json", ignored);
  told_ = {};
  tell();
  return digests;
}

void Transfer::tell() {
  if (!download_.progress) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - told_ < kTickEvery) return;
  told_ = now;
  download_.progress(size(), version_.total ? version_.total : download_.expected_size);
}

}  // namespace

Result<Downloaded> download(const HttpDownload& what) {
  TRY_ASSIGN(const Address at, parse_address(what.request.url));
  TRY_ASSIGN(const HostSlot slot,
             HostSlot::take(at.host + ":" + at.port, what.max_connections, what.request.stop));
  return Transfer(what).run();
}

}  // namespace quarentena
