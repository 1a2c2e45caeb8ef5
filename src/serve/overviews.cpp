#include "serve/overviews.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "analytics/analytics.h"
#include "config/analytics.h"
#include "overview/overview.h"
#include "run/open_query.h"

namespace quarentena::serve {
namespace {

/// What a run leaves is seen by the next look after this; who looked first sees the one before, but
/// not that of last evening.
constexpr int kMaxAge_ms = 10'000;
constexpr int kStale_ms = 60'000;

/// What is read from the rows is read once for a version of the table and, as a day may have been
/// loaded ahead, a date.
std::string edition_of(const Published& published) {
  return fmt::format("{} {}", published.index ? published.index->info().version : -1,
                     published.today.iso());
}

using Make = std::function<Result<std::string>()>;

WantedDocument look(const char* key, Make make) {
  WantedDocument out;
  out.key = key;
  out.max_age_ms = kMaxAge_ms;
  out.stale_ms = kStale_ms;
  out.make = std::move(make);
  return out;
}

WantedDocument scan(std::string key, const Published& published, Make make) {
  WantedDocument out;
  out.key = std::move(key);
  out.edition = edition_of(published);
  out.work = WantedDocument::Work::scan;
  out.make = std::move(make);
  return out;
}

Result<std::vector<analytics::Analysis>> analyses_of(const Plan& plan) {
  TRY_ASSIGN(const auto folder, load_analyses_folder(plan.file));
  return analytics::list_analyses(folder);
}

Result<std::string> answer_of(const Plan& plan, const AnalysisQuestion& question,
                              const std::atomic<bool>* stop) {
  TRY_ASSIGN(const auto analyses, analyses_of(plan));
  TRY_ASSIGN(const auto analysis, analytics::find_analysis(analyses, question.name));
  TRY_ASSIGN(const auto query, open_query(plan, {{}, stop}));
  TRY_ASSIGN(const auto outcome,
             analytics::run_analysis(analysis, question.values, *query, today_in(plan.timezone)));
  return analytics::to_json(analysis, outcome) + "\n";
}

}  // namespace

WantedDocument analyses_document(const Published& published) {
  return look("analyses", [plan = published.plan]() -> Result<std::string> {
    TRY_ASSIGN(const auto analyses, analyses_of(*plan));
    return analytics::to_json(analyses) + "\n";
  });
}

WantedDocument analysis_document(const AnalysisQuestion& question, const Published& published,
                                 const std::atomic<bool>* stop) {
  // Of one analysis that the user changes the old answers stay until the table changes.
  const auto key =
      fmt::format("analysis {} {}", question.name, nlohmann::json(question.values).dump());
  return scan(key, published,
              [plan = published.plan, question, stop] { return answer_of(*plan, question, stop); });
}

WantedDocument wanted_document(Endpoint endpoint, const Published& published,
                               const std::atomic<bool>* stop) {
  const auto with = [&](auto make) {
    return [plan = published.plan, stop, make] { return make(*plan, stop); };
  };
  switch (endpoint) {
    case Endpoint::days:
      return look("days", with(days_json));
    case Endpoint::ledger:
      return look("ledger", with(ledger_json));
    case Endpoint::runs:
      return look("runs", with(runs_json));
    default:
      break;
  }
  // One thread: those who check go first.
  return scan("newest-day", published,
              with([](const Plan& plan, StopFlag flag) { return newest_day_json(plan, 1, flag); }));
}

}  // namespace quarentena::serve
