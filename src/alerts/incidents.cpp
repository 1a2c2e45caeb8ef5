#include "alerts/incidents.h"

#include <fmt/format.h>

#include <utility>

namespace quarentena::alerts {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

/// The day is in the table as the run says.
bool is_published(const RunReport& run) {
  return run.status == RunStatus::published || run.status == RunStatus::unchanged;
}

/// A source that was not asked (`--only`) is in the state it was in.
bool was_asked(const SourceReport& source) { return source.came != SourceStatus::carried; }

Notice recovered_by(const RunReport& run, std::string what, std::string means) {
  Notice notice;
  notice.event = Alerts::Event::recovered;
  notice.at_ms = ended_ms(run);
  notice.data_carga = run.data_carga;
  notice.run_id = run.run_id;
  notice.what = std::move(what);
  notice.means = std::move(means);
  return notice;
}

}  // namespace

std::string key_of_source(const std::string& source) { return "source " + source; }

std::vector<Notice> Incidents::after_run(const Plan& plan, const RunReport& run) {
  std::vector<Notice> news;
  if (run.status == RunStatus::dry_run || run.status == RunStatus::running) return news;
  // A day that has not come yet was a slip of somebody's: today's runs are not of the past for it.
  const Date latest(static_cast<std::int32_t>(ended_ms(run) / kDayMs) + 1);
  if (newest && *newest > latest) newest.reset();
  const bool of_today = !newest || *newest <= run.data_carga;
  if (of_today) newest = run.data_carga;
  judge_load(plan, run, news);
  if (of_today && is_published(run)) judge_sources(plan, run, news);
  return news;
}

void Incidents::judge_load(const Plan& plan, const RunReport& run, std::vector<Notice>& news) {
  const auto of_that_day = fmt::format("{} {}", kLoadKey, run.data_carga.iso());
  const bool of_today = *newest == run.data_carga;
  if (!is_published(run)) {
    auto notice = run.status == RunStatus::held ? held_notice(plan, run) : failed_notice(plan, run);
    begin(of_today ? std::string(kLoadKey) : of_that_day, std::move(notice), news);
    return;
  }
  const auto over = recovered_by(
      run, fmt::format("{} is published", run.data_carga.iso()),
      of_today ? "Campaigns see this load." : "That day of the table's history is whole again.");
  end(of_that_day, over, news);
  if (of_today) end(kLoadKey, over, news);
}

void Incidents::judge_sources(const Plan& plan, const RunReport& run, std::vector<Notice>& news) {
  for (const auto& source : run.sources) {
    const auto key = key_of_source(source.name);
    if (source.decision == Decision::accepted) {
      end(key,
          recovered_by(run,
                       fmt::format("{} is back: its delivery for {} is accepted", source.name,
                                   run.data_carga.iso()),
                       fmt::format("{} is up to date again.", source.canal)),
          news);
    } else if (was_asked(source)) {
      begin(key, degraded_notice(plan, run, source), news);
    }
  }
}

std::vector<Notice> Incidents::found_late(Notice late) {
  std::vector<Notice> news;
  const auto key = key_of_source(late.source);
  begin(key, std::move(late), news);
  return news;
}

std::vector<Notice> Incidents::found_stale(Notice stale) {
  std::vector<Notice> news;
  begin(kTableKey, std::move(stale), news);
  return news;
}

std::vector<Notice> Incidents::found_fresh(Date day, std::int64_t now_ms) {
  std::vector<Notice> news;
  Notice notice;
  notice.event = Alerts::Event::recovered;
  notice.at_ms = now_ms;
  notice.data_carga = day;
  notice.what = fmt::format("the newest load is of {}, young enough again", day.iso());
  notice.means = "`check` and `serve` answer.";
  end(kTableKey, std::move(notice), news);
  return news;
}

void Incidents::begin(const std::string& key, Notice notice, std::vector<Notice>& news) {
  const auto found = open.find(key);
  if (found != open.end() && (found->second.event == notice.event || !notice.source.empty())) {
    found->second.data_carga = notice.data_carga;
    return;
  }
  auto& incident = open[key];
  if (incident.id.empty()) {
    incident.id = fmt::format("{}@{}", key, utc_iso(notice.at_ms));
    for (char& c : incident.id)
      if (c == ' ') c = '-';
    incident.since_ms = notice.at_ms;
  }
  incident.event = notice.event;
  incident.data_carga = notice.data_carga;
  incident.what = notice.what;
  notice.incident = incident.id;
  news.push_back(std::move(notice));
}

void Incidents::end(const std::string& key, Notice recovered, std::vector<Notice>& news) {
  const auto found = open.find(key);
  if (found == open.end()) return;
  recovered.incident = found->second.id;
  recovered.over = found->second.event;
  if (key.starts_with("source ")) recovered.source = key.substr(7);
  open.erase(found);
  news.push_back(std::move(recovered));
}

}  // namespace quarentena::alerts
