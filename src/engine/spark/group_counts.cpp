#include "engine/spark/group_counts.h"

#include <fmt/format.h>

#include <charconv>

namespace quarentena::spark {
namespace {

// The columns of the answer; after them rows_0, rows_1, ..., and as many newest_0, newest_1, ...
enum Column : std::size_t { kStatus, kSource, kGroups, kUndated, kFirstRows };

std::int64_t number(const std::optional<std::string>& text) {
  std::int64_t out = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), out);
  return out;
}

}  // namespace

std::string counts_query(const std::string& groups, std::size_t inputs) {
  std::string sums, newest;
  for (std::size_t i = 0; i < inputs; ++i) {
    sums += fmt::format(", CAST(sum(rows_{}) AS STRING)", i);
    // With one input a group's best row has its latest date.
    newest += fmt::format(", CAST(max({}) AS STRING)", inputs == 1 ? std::string("best.data_envio")
                                                                   : fmt::format("newest_{}", i));
  }
  return fmt::format(
      "SELECT status, CAST(best.source AS STRING), CAST(count(*) AS STRING), "
      "CAST(count(*) - count(best.data_envio) AS STRING){}{} FROM {} GROUP BY status, best.source",
      sums, newest, groups);
}

Status add_counts(const std::vector<std::vector<std::optional<std::string>>>& answer,
                  duck::Tally& tally) {
  const auto inputs = tally.inputs.size();
  for (const auto& row : answer) {
    const auto source = row.size() == kFirstRows + 2 * inputs
                            ? static_cast<std::size_t>(number(row[kSource]))
                            : inputs;
    if (source >= inputs || !row[kStatus])
      return fail(ErrorKind::bug, "Spark counted the groups in another shape than it was asked to");
    const auto& status = *row[kStatus];
    for (std::size_t i = 0; i < inputs; ++i) {
      auto& input = tally.inputs[i];
      const auto rows = number(row[kFirstRows + i]);
      input.account.read += rows;
      input.account.*duck::count_of(status) += rows;
      const auto newest = row[kFirstRows + inputs + i];
      const auto day = newest ? Date::parse_iso(*newest) : std::nullopt;
      if (status != "filtered" && day && (!input.newest || *input.newest < *day))
        input.newest = day;
    }
    if (status != "candidate") continue;
    auto& winner = tally.inputs[source];
    winner.account.quarantined += number(row[kGroups]);
    winner.account.duplicate -= number(row[kGroups]);
    winner.undated += number(row[kUndated]);
  }
  return {};
}

}  // namespace quarentena::spark
