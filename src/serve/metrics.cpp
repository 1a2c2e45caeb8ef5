#include "serve/metrics.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace quarentena::serve {
namespace {

/// The last is every other one.
constexpr std::array kKnownStatuses = {200, 400, 401, 403, 404, 405, 406, 408, 413,
                                       415, 417, 422, 429, 431, 503, 505, 499, 500};
constexpr std::array kBucketNs = {
    50'000LL,      100'000LL,       250'000LL,       500'000LL,       1'000'000LL,   2'500'000LL,
    5'000'000LL,   10'000'000LL,    25'000'000LL,    50'000'000LL,    100'000'000LL, 250'000'000LL,
    500'000'000LL, 1'000'000'000LL, 2'500'000'000LL, 10'000'000'000LL};
constexpr std::array kClosedNames = {"too_many", "too_many_of_address", "too_slow", "handshake"};

std::int64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t all = 0, resident = 0;
  statm >> all >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

class Page {
 public:
  void describe(std::string_view metric, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(text_), "# HELP quarentena_{} {}\n# TYPE quarentena_{} {}\n",
                   metric, help, metric, type);
  }
  template <class Value>
  void line(std::string_view metric, std::string_view labels, Value value) {
    fmt::format_to(std::back_inserter(text_), "quarentena_{}{} {}\n", metric, labels, value);
  }
  void raw(std::string_view lines) { text_ += lines; }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

const char* name(Endpoint endpoint) {
  constexpr std::array<const char*, kEndpoints> kNames = {
      "check",  "explain", "status",     "openapi",  "healthz",  "readyz", "metrics", "days",
      "ledger", "runs",    "newest_day", "analyses", "analysis", "page",   "other"};
  return kNames[static_cast<std::size_t>(endpoint)];
}

std::size_t Counters::index_of_status(int status) {
  static_assert(kKnownStatuses.size() == kStatuses && kBucketNs.size() == kBuckets);
  const auto found = std::find(kKnownStatuses.begin(), kKnownStatuses.end(), status);
  return std::min<std::size_t>(static_cast<std::size_t>(found - kKnownStatuses.begin()),
                               kStatuses - 1);
}

void Counters::request(Endpoint endpoint, int status, std::int64_t took_ns) {
  const auto at = static_cast<std::size_t>(endpoint);
  add(requests_[at][index_of_status(status)], 1);
  const auto bucket = std::lower_bound(kBucketNs.begin(), kBucketNs.end(), took_ns);
  add(took_[at][static_cast<std::size_t>(bucket - kBucketNs.begin())], 1);
  add(took_ns_[at], static_cast<std::uint64_t>(took_ns));
}

void Counters::keys(const StandingCounts& counts) {
  for (std::size_t i = 0; i < counts.size(); ++i) add(keys_[i], counts[i]);
}

Counters& Metrics::add_thread() { return *threads_.emplace_back(std::make_unique<Counters>()); }

std::string Metrics::text(const Published* published) const {
  Page page;
  const auto sum = [&](const auto& count_of) {
    std::uint64_t all = 0;
    for (const auto& thread : threads_) all += count_of(*thread).load(std::memory_order_relaxed);
    return all;
  };
  page.describe("http_requests_total", "counter", "Requests answered.");
  for (std::size_t e = 0; e < kEndpoints; ++e)
    for (std::size_t s = 0; s < Counters::kStatuses; ++s)
      if (const auto count = sum([&](const Counters& of) -> auto& { return of.requests_[e][s]; }))
        page.line("http_requests_total",
                  fmt::format(R"({{endpoint="{}",status="{}"}})", name(static_cast<Endpoint>(e)),
                              kKnownStatuses[s]),
                  count);
  page.describe("http_request_seconds", "histogram",
                "From the end of a request's headers until the answer was handed over.");
  for (std::size_t e = 0; e < kEndpoints; ++e) {
    const char* endpoint = name(static_cast<Endpoint>(e));
    std::uint64_t below = 0;
    std::string lines;
    for (std::size_t b = 0; b <= Counters::kBuckets; ++b) {
      below += sum([&](const Counters& of) -> auto& { return of.took_[e][b]; });
      const auto limit = b == Counters::kBuckets
                             ? std::string("+Inf")
                             : fmt::format("{}", static_cast<double>(kBucketNs[b]) / 1e9);
      fmt::format_to(std::back_inserter(lines),
                     "quarentena_http_request_seconds_bucket{{endpoint=\"{}\",le=\"{}\"}} {}\n",
                     endpoint, limit, below);
    }
    if (below == 0) continue;
    const auto ns = sum([&](const Counters& of) -> auto& { return of.took_ns_[e]; });
    page.raw(lines);
    page.line("http_request_seconds_sum", fmt::format(R"({{endpoint="{}"}})", endpoint),
              static_cast<double>(ns) / 1e9);
    page.line("http_request_seconds_count", fmt::format(R"({{endpoint="{}"}})", endpoint), below);
  }
  page.describe("checked_keys_total", "counter", "Keys asked about, by the answer.");
  for (std::size_t i = 0; i < 3; ++i)
    page.line("checked_keys_total",
              fmt::format(R"({{standing="{}"}})", name(static_cast<Standing>(i))),
              sum([&](const Counters& of) -> auto& { return of.keys_[i]; }));
  page.describe("http_connections", "gauge", "Open connections.");
  page.line("http_connections", "",
            sum([](const Counters& of) -> auto& { return of.connections_; }));
  page.describe("http_connections_closed_total", "counter", "Connections that were not served on.");
  for (std::size_t i = 0; i < kClosed; ++i)
    page.line("http_connections_closed_total", fmt::format(R"({{why="{}"}})", kClosedNames[i]),
              sum([&](const Counters& of) -> auto& { return of.closed_[i]; }));
  page.describe("resident_memory_bytes", "gauge", "Resident memory, the mapped index included.");
  page.line("resident_memory_bytes", "", resident_bytes());
  if (published == nullptr) return page.take();
  page.raw(published->runs);
  page.describe("table_failures", "gauge", "Failures to look at the table since the last success.");
  page.line("table_failures", "", published->failures);
  page.describe("table_looked_timestamp_seconds", "gauge", "When the table was last looked at.");
  page.line("table_looked_timestamp_seconds", "", static_cast<double>(published->looked_ms) / 1e3);
  page.describe("table_fresh", "gauge", "1: questions about today are answered.");
  page.line("table_fresh", "", published->why == Unknown::none ? 1 : 0);
  if (!published->index) return page.take();
  const IndexInfo& info = published->index->info();
  page.describe("table_version", "gauge", "The version of the table that answers.");
  page.line("table_version", "", info.version);
  page.describe("table_rows", "gauge", "Rows of the load that answers.");
  page.line("table_rows", "", info.rows);
  page.describe("table_loaded_timestamp_seconds", "gauge", "When that load was published.");
  page.line("table_loaded_timestamp_seconds", "", static_cast<double>(info.loaded_ms) / 1e3);
  return page.take();
}

}  // namespace quarentena::serve
