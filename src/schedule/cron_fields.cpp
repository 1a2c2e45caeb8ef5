#include "schedule/cron_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>
#include <sstream>
#include <vector>

namespace quarentena::schedule {
namespace {

const std::map<std::string, std::string> kAliases{
    {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
    {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
    {"@hourly", "0 * * * *"}};

/// Not `L`, `W`, `#`, `?` or `+`, which not every cron has.
bool is_plain(const std::string& field) {
  static const std::regex plain(R"(((\*|[0-9]+|[A-Za-z]{3})(-([0-9]+|[A-Za-z]{3}))?(/[0-9]+)?)"
                                R"((,(?!$)|$))+)");
  return std::regex_match(field, plain);
}

}  // namespace

bool is_open(const std::string& field) { return field == "*"; }

Result<CronFields> fields_of(const Cron& cron, const std::string& for_whom) {
  auto text = cron.expression();
  if (const auto alias = kAliases.find(text); alias != kAliases.end()) text = alias->second;
  std::istringstream words(text);
  std::vector<std::string> fields;
  for (std::string word; words >> word;) fields.push_back(word);
  const bool plain = std::all_of(fields.begin(), fields.end(), is_plain);
  if (plain && fields.size() == 5)
    return CronFields{"0", fields[0], fields[1], fields[2], fields[3], fields[4]};
  if (plain && fields.size() == 6)
    return CronFields{fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]};
  return fail(ErrorKind::config,
              fmt::format("'{}' is more than {} understands", cron.expression(), for_whom),
              "write it with numbers, lists, ranges and steps, or use `quarentena daemon`");
}

}  // namespace quarentena::schedule
