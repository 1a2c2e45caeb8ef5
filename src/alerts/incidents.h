#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "alerts/notice.h"

/// What is wrong now, and what of it is news. Pure. Internal to src/alerts.
namespace quarentena::alerts {

/// Something that is wrong until it is over. There is one of the load ("load"; of a past day
/// "load 2024-05-20"), one a source ("source crm") and one of the table ("table").
struct Incident {
  std::string id;  ///< names it for whoever receives notices of it
  Alerts::Event event = Alerts::Event::failed;
  Date data_carga;  ///< of the last run that it stood in the way of
  std::int64_t since_ms = 0;
  std::string what;  ///< as it was told
};

/// A run of a day before the newest one that was seen says nothing about today: it has an incident
/// of its own, and does not end the sources'.
class Incidents {
 public:
  /// Of a run that ended, however. Held and failed are one incident: it is told again when it
  /// turns from one into the other, for then there is something else to do.
  std::vector<Notice> after_run(const Plan& plan, const RunReport& run);

  /// What look() found. An incident that is open already is not told again.
  std::vector<Notice> found_late(Notice late);
  std::vector<Notice> found_stale(Notice stale);
  /// The newest load is young enough.
  std::vector<Notice> found_fresh(Date day, std::int64_t now_ms);

  bool is_open(const std::string& key) const { return open.count(key) > 0; }

  std::map<std::string, Incident> open;  ///< by what they are of
  std::optional<Date> newest;            ///< data_carga of a run

 private:
  void judge_load(const Plan& plan, const RunReport& run, std::vector<Notice>& news);
  void judge_sources(const Plan& plan, const RunReport& run, std::vector<Notice>& news);
  void begin(const std::string& key, Notice notice, std::vector<Notice>& news);
  void end(const std::string& key, Notice recovered, std::vector<Notice>& news);
};

std::string key_of_source(const std::string& source);
inline constexpr const char* kLoadKey = "load";
inline constexpr const char* kTableKey = "table";

}  // namespace quarentena::alerts
