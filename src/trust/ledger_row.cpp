#include "trust/ledger_row.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace quarentena {
namespace {

template <class Value, std::size_t size>
using Names = std::array<std::pair<Value, const char*>, size>;

constexpr Names<SourceStatus, 10> kStatuses = {{{SourceStatus::received, "received"},
                                                {SourceStatus::unchanged, "unchanged"},
                                                {SourceStatus::late, "late"},
                                                {SourceStatus::missing, "missing"},
                                                {SourceStatus::empty, "empty"},
                                                {SourceStatus::truncated, "truncated"},
                                                {SourceStatus::shrunken, "shrunken"},
                                                {SourceStatus::drifted, "drifted"},
                                                {SourceStatus::failed, "failed"},
                                                {SourceStatus::carried, "carried"}}};

constexpr Names<Decision, 5> kDecisions = {{{Decision::accepted, "accepted"},
                                            {Decision::carried, "carried"},
                                            {Decision::skipped, "skipped"},
                                            {Decision::failed, "failed"},
                                            {Decision::held, "held"}}};

template <class Value, std::size_t size>
const char* name_in(const Names<Value, size>& names, Value value) {
  const auto found = std::find_if(names.begin(), names.end(),
                                  [&](const auto& entry) { return entry.first == value; });
  return found == names.end() ? "" : found->second;
}

template <class Value, std::size_t size>
std::optional<Value> value_in(const Names<Value, size>& names, std::string_view name) {
  const auto found = std::find_if(names.begin(), names.end(),
                                  [&](const auto& entry) { return entry.second == name; });
  if (found == names.end()) return std::nullopt;
  return found->first;
}

}  // namespace

const char* name(SourceStatus status) { return name_in(kStatuses, status); }
std::optional<SourceStatus> source_status(std::string_view name) {
  return value_in(kStatuses, name);
}

const char* name(Decision decision) { return name_in(kDecisions, decision); }
std::optional<Decision> decision(std::string_view name) { return value_in(kDecisions, name); }

}  // namespace quarentena
