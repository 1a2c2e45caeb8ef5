#include "run/run_metrics.h"

#include <fmt/format.h>

#include <iterator>

namespace quarentena {
namespace {

/// How many runs back a success is looked for.
constexpr std::size_t kLookBack = 200;

std::string label(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

double seconds(std::int64_t ms) { return static_cast<double>(ms) / 1e3; }

class Page {
 public:
  void describe(const char* metric, const char* help) {
    fmt::format_to(std::back_inserter(text_),
                   "# HELP quarentena_{0} {1}\n# TYPE quarentena_{0} gauge\n", metric, help);
  }
  template <class Value>
  void line(const char* metric, const std::string& labels, Value value) {
    fmt::format_to(std::back_inserter(text_), "quarentena_{}{} {}\n", metric, labels, value);
  }
  template <class Value>
  void only(const char* metric, const char* help, Value value) {
    describe(metric, help);
    line(metric, "", value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void add_last(Page& page, const RunReport& last) {
  page.only("run_started_timestamp_seconds", "When the last run began.", seconds(last.started_ms));
  page.only("run_duration_seconds", "How long it took.", seconds(last.took_ms()));
  page.describe("run_status", "1: what became of it.");
  for (const auto status : {RunStatus::published, RunStatus::unchanged, RunStatus::held,
                            RunStatus::failed, RunStatus::killed})
    page.line("run_status", fmt::format(R"({{status="{}"}})", name(status)),
              last.status == status ? 1 : 0);
  page.only("run_degraded", "1: a source was carried forward or left out.",
            last.degraded() ? 1 : 0);
  if (!last.steps.empty()) page.describe("run_step_seconds", "How long each step took.");
  for (const auto& step : last.steps)
    page.line("run_step_seconds", fmt::format(R"({{step="{}"}})", label(step.name)),
              seconds(step.lapse.took_ms));
}

void add_sources(Page& page, const RunReport& last) {
  if (last.sources.empty()) return;
  page.describe("run_source_accepted", "1: the source's delivery is in force.");
  for (const auto& source : last.sources)
    page.line("run_source_accepted",
              fmt::format(R"({{source="{}",came="{}",decision="{}"}})", label(source.name),
                          name(source.came), name(source.decision)),
              source.decision == Decision::accepted ? 1 : 0);
  page.describe("run_source_rows", "Rows of the source, by what became of them.");
  for (const auto& source : last.sources) {
    if (!source.account) continue;
    const auto row = [&](const char* outcome, std::int64_t count) {
      page.line("run_source_rows",
                fmt::format(R"({{source="{}",outcome="{}"}})", label(source.name), outcome), count);
    };
    row("quarantined", source.account->quarantined);
    row("expired", source.account->expired);
    row("future", source.account->future);
    row("filtered", source.account->filtered);
    row("duplicate", source.account->duplicate);
    row("rejected", source.account->rejected);
  }
}

void add_canais(Page& page, const RunReport& last) {
  if (last.canais.empty()) return;
  const auto each = [&](const char* metric, const char* help, auto value_of) {
    page.describe(metric, help);
    for (const auto& canal : last.canais)
      if (const std::optional<std::int64_t> value = value_of(canal))
        page.line(metric, fmt::format(R"({{canal="{}"}})", label(canal.canal)), *value);
  };
  each("run_canal_clients", "Clients in quarantine.",
       [](const CanalCount& canal) { return std::optional(canal.rows); });
  each("run_canal_entered", "Clients who were not in quarantine the day before.",
       [](const CanalCount& canal) { return canal.entered; });
  each("run_canal_left", "Clients who were in quarantine the day before, and are not now.",
       [](const CanalCount& canal) { return canal.left; });
}

}  // namespace

std::string run_metrics(const RunReport& last, const RunReport* success) {
  Page page;
  add_last(page, last);
  add_sources(page, last);
  add_canais(page, last);
  if (success == nullptr) return page.take();
  page.only("run_success_timestamp_seconds", "When a run last left a day published.",
            seconds(success->finished_ms));
  const auto day = parse_timestamp_ms(success->data_carga.iso(), "UTC");
  if (day)
    page.only("run_success_data_carga_timestamp_seconds",
              "The day that it loaded, as midnight UTC.", seconds(*day));
  return page.take();
}

std::string run_metrics(const std::filesystem::path& staging) {
  std::optional<RunReport> last;
  std::size_t looked = 0;
  for (const auto& run_id : run_folders(staging)) {
    auto report = read_report(staging, run_id);
    if (!report || report->status == RunStatus::dry_run || report->status == RunStatus::running)
      continue;
    if (!last) last = *report;
    const bool success =
        report->status == RunStatus::published || report->status == RunStatus::unchanged;
    if (success) return run_metrics(*last, &*report);
    if (++looked == kLookBack) break;
  }
  return last ? run_metrics(*last, nullptr) : std::string();
}

}  // namespace quarentena
