#include "config/check_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/check.h"
#include "config/text_forms.h"

namespace quarentena {
namespace {

using yaml::Entry;
using yaml::Node;

class CheckRulesReader {
 public:
  CheckRulesReader(Plan& plan, std::vector<Problem>& problems) : plan_(plan), problems_(problems) {
    for (const auto& source : plan.sources)
      if (std::find(canais_.begin(), canais_.end(), source.canal) == canais_.end())
        canais_.push_back(source.canal);
  }

  void read(const Node& map) {
    auto& rules = plan_.check;
    read_max_age(map);
    if (const Node* blocks = child(map, "blocks", Node::Kind::map))
      for (const Entry& entry : blocks->entries) rules.blocks[entry.key] = filter(entry);
    if (const Node* exemptions = child(map, "exemptions", Node::Kind::map))
      for (const Entry& entry : exemptions->entries) rules.exemptions[entry.key] = filter(entry);
    if (const Node* person = map.find("person")) {
      if (person->kind == Node::Kind::text && person->scalar == "on")
        rules.person = {CanalFilter::Names::all_but_these, {}};
      if (person->kind == Node::Kind::list)
        rules.person = {CanalFilter::Names::these, names(*person)};
    }
  }

 private:
  void read_max_age(const Node& map) {
    const Node* age = child(map, "max_age", Node::Kind::text);
    if (age == nullptr) return;
    const auto value = hours(age->scalar);
    if (value) {
      plan_.check.max_age_hours = *value;
      return;
    }
    problems_.push_back({age->at,
                         fmt::format("'max_age' is not a time: {}", in_quotes(age->scalar)),
                         "write hours or days: 26h, 2d",
                         {}});
  }

  CanalFilter filter(const Entry& entry) {
    const Node* only = child(entry.value, "only", Node::Kind::list);
    const Node* except = child(entry.value, "except", Node::Kind::list);
    if ((only == nullptr) == (except == nullptr) && entry.value.kind == Node::Kind::map)
      problems_.push_back(
          {entry.at,
           fmt::format("{} takes exactly one of 'only' and 'except'", in_quotes(entry.key)),
           "name the quarantines: { only: [Restritos, Fraude] }",
           {}});
    if (only != nullptr) return {CanalFilter::Names::these, names(*only)};
    if (except != nullptr) return {CanalFilter::Names::all_but_these, names(*except)};
    return {};
  }

  /// A quarantine that nobody feeds is a typing error, and the real one would not hold anybody.
  std::set<std::string> names(const Node& list) {
    std::set<std::string> out;
    for (const Node& item : list.items) {
      out.insert(item.scalar);
      if (canais_.empty() ||
          std::find(canais_.begin(), canais_.end(), item.scalar) != canais_.end())
        continue;
      problems_.push_back({item.at,
                           fmt::format("no source feeds the canal {}{}", in_quotes(item.scalar),
                                       did_you_mean(item.scalar, canais_)),
                           fmt::format("the sources feed {}", either(canais_)),
                           {}});
    }
    return out;
  }

  Plan& plan_;
  std::vector<Problem>& problems_;
  std::vector<std::string> canais_;
};

}  // namespace

void read_check_rules(const Node& root, Plan& plan, std::vector<Problem>& problems) {
  if (const Node* map = child(root, "check", Node::Kind::map))
    CheckRulesReader(plan, problems).read(*map);
}

}  // namespace quarentena
