#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "base/date.h"
#include "engine/day_scan.h"
#include "overview/day_pair.h"
#include "overview/overview.h"
#include "run/published_table.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

/// The newest day up to today, and the one before it.
struct Days {
  std::optional<Date> newest, before;
};

Days days_of(const Snapshot& table, Date today) {
  std::set<Date> days;
  for (const auto& file : table.files)
    if (const auto text = file.partition_value("data_carga"))
      if (const auto day = Date::parse_iso(*text); day && *day <= today) days.insert(*day);
  Days out;
  if (!days.empty()) out.newest = *days.rbegin();
  if (days.size() > 1) out.before = *std::next(days.rbegin());
  return out;
}

/// Last days in quarantine; kNoDay: until removed.
using Leaving = std::map<std::int32_t, std::int64_t>;

struct DayRead {
  std::vector<std::uint64_t> keys;  ///< sorted
  std::vector<Leaving> leaving;     ///< by canal
};

class NewestDay {
 public:
  NewestDay(std::shared_ptr<const Snapshot> table, const Days& days, std::size_t threads,
            StopFlag stop)
      : table_(std::move(table)), days_(days), threads_(threads), stop_(stop) {}

  /// `work_folder` is made when it is needed.
  Result<std::string> read(const fs::path& work_folder) {
    work_folder_ = work_folder;
    name_canais();
    if (canais_.size() > kMostCanais)
      return fail(ErrorKind::config,
                  fmt::format("the newest days hold {} canais; up to {} are compared",
                              canais_.size(), kMostCanais));
    TRY_ASSIGN(const DayRead now, read_day(*days_.newest));
    DayRead before;
    if (days_.before) {
      TRY_ASSIGN(before, read_day(*days_.before));
    }
    return json_of(now, before).dump() + "\n";
  }

 private:
  DayScan scan_of(Date day) const {
    DayScan scan;
    scan.table = table_;
    scan.day = day;
    scan.work_folder = work_folder_;
    scan.threads = threads_;
    scan.stop = stop_;
    return scan;
  }

  void name_canais() {
    std::set<std::string> names;
    for (const auto& day : {days_.newest, days_.before})
      if (day)
        for (const auto& canal : scan_of(*day).canais()) names.insert(canal);
    canais_.assign(names.begin(), names.end());
  }

  Result<DayRead> read_day(Date day) const {
    const auto scan = scan_of(day);
    std::vector<std::size_t> positions;  // of the scan's canais among ours
    for (const auto& canal : scan.canais())
      positions.push_back(static_cast<std::size_t>(
          std::lower_bound(canais_.begin(), canais_.end(), canal) - canais_.begin()));
    DayRead out;
    out.leaving.resize(canais_.size());
    std::mutex mutex;
    TRY_STATUS(scan_day(scan, [&](const DayRows& rows) {
      const std::size_t canal = positions[rows.canal];
      thread_local std::vector<std::uint64_t> keys;
      keys.clear();
      for (std::size_t i = 0; i < rows.size; ++i) {
        const auto last = rows.saida_prevista[i];
        const bool ends = last != DayRows::kNoDay && last < days_.newest->days();
        keys.push_back(ClientKey::of(rows.id_cliente[i], canal, ends));
      }
      const std::lock_guard lock(mutex);
      out.keys.insert(out.keys.end(), keys.begin(), keys.end());
      for (const auto last : rows.saida_prevista) ++out.leaving[canal][last];
    }));
    std::sort(out.keys.begin(), out.keys.end());
    return out;
  }

  Json json_of(const DayRead& now, const DayRead& before) const {
    const auto combinations = clients_by_canais(now.keys);
    std::int64_t clients = 0;
    for (const auto& [canais, count] : combinations) clients += count;
    return {{"version", table_->version},
            {"data_carga", days_.newest->iso()},
            {"before", days_.before ? Json(days_.before->iso()) : Json(nullptr)},
            {"clients", clients},
            {"canais", canais_json(now, before)},
            {"releases", releases_json(now)},
            {"overlap", overlap_json(combinations)}};
  }

  Json canais_json(const DayRead& now, const DayRead& before) const {
    const auto moves = moves_between(before.keys, now.keys, canais_.size());
    auto out = Json::array();
    for (std::size_t c = 0; c < canais_.size(); ++c) {
      std::int64_t clients = 0;
      for (const auto& [last, count] : now.leaving[c]) clients += count;
      const auto until_removed = now.leaving[c].find(DayRows::kNoDay);
      Json canal = {
          {"canal", canais_[c]},
          {"clients", clients},
          {"until_removed", until_removed == now.leaving[c].end() ? 0 : until_removed->second}};
      // Without a day before nobody can have moved.
      if (days_.before) {
        canal["entered"] = moves[c].entered;
        canal["left"] = moves[c].left;
        canal["left_early"] = moves[c].left_early;
      }
      out.push_back(std::move(canal));
    }
    return out;
  }

  Json releases_json(const DayRead& now) const {
    auto out = Json::array();
    for (std::size_t c = 0; c < canais_.size(); ++c)
      for (const auto& [last, count] : now.leaving[c])
        if (last != DayRows::kNoDay)
          out.push_back(
              {{"canal", canais_[c]}, {"last_day", Date(last).iso()}, {"clients", count}});
    return out;
  }

  Json overlap_json(const std::map<std::uint64_t, std::int64_t>& combinations) const {
    auto out = Json::array();
    for (const auto& [bits, count] : combinations) {
      auto canais = Json::array();
      for (std::size_t c = 0; c < canais_.size(); ++c)
        if ((bits >> c & 1U) != 0) canais.push_back(canais_[c]);
      out.push_back({{"canais", std::move(canais)}, {"clients", count}});
    }
    return out;
  }

  std::shared_ptr<const Snapshot> table_;
  Days days_;
  std::size_t threads_;
  StopFlag stop_;
  fs::path work_folder_;
  std::vector<std::string> canais_;  // of both days, by name
};

}  // namespace

Result<std::string> newest_day_json(const Plan& plan, std::size_t threads, StopFlag stop) {
  TRY_ASSIGN(const auto published, find_published_table(plan, TableAccess::read, stop));
  TRY_ASSIGN(auto snapshot, read_snapshot(published.at));
  if (!snapshot) return fail(ErrorKind::missing, "nothing was published yet", "`quarentena run`");
  const auto table = std::make_shared<const Snapshot>(std::move(*snapshot));
  const auto days = days_of(*table, today_in(plan.timezone));
  if (!days.newest) return fail(ErrorKind::missing, "no day is published yet", "`quarentena run`");
  const auto work =
      fs::path(plan.staging) / "index" / fmt::format("work-{}-{}", getpid(), now_ms());
  auto out = NewestDay(table, days, threads, stop).read(work);
  std::error_code ignored;
  fs::remove_all(work, ignored);
  return out;
}

}  // namespace quarentena
