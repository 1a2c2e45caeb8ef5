#include "schedule/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace quarentena::schedule {
namespace {

constexpr const char* kEnding = ".json";
constexpr int kReads = 5;
/// The newest and those just before it: a number that is not among them is free for the first time,
/// or is one that was removed long ago.
constexpr std::int64_t kKept = 32;

std::string name_of(std::int64_t number) { return fmt::format("{:020}{}", number, kEnding); }

std::optional<std::int64_t> number_of(std::string_view name) {
  if (!name.ends_with(kEnding)) return std::nullopt;
  name.remove_suffix(std::string_view(kEnding).size());
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return number;
}

}  // namespace

Result<std::vector<std::int64_t>> Journal::numbers() {
  TRY_ASSIGN(const auto names, place_->list());
  std::vector<std::int64_t> out;
  for (const auto& name : names)
    if (const auto number = number_of(name)) out.push_back(*number);
  std::sort(out.begin(), out.end());
  return out;
}

Result<std::optional<JournalEntry>> Journal::newest() {
  for (int i = 0; i < kReads; ++i) {
    TRY_ASSIGN(const auto there, numbers());
    if (there.empty()) return std::nullopt;
    TRY_ASSIGN(auto text, place_->read(name_of(there.back())));
    if (text) return JournalEntry{there.back(), std::move(*text)};
    // It was followed by another meanwhile.
  }
  return fail(ErrorKind::transient, fmt::format("{} changes all the time", place_->name()));
}

Result<PutNew> Journal::add(const JournalEntry& entry) {
  const auto name = name_of(entry.number);
  TRY_ASSIGN(const PutNew added, place_->add(name, entry.text));
  if (added == PutNew::taken) {
    TRY_ASSIGN(const auto there, place_->read(name));
    if (there != entry.text) return PutNew::taken;
  }
  TRY_ASSIGN(const auto there, numbers());
  if (!there.empty() && there.back() >= entry.number + kKept) {
    // The number was free only because its time is long past.
    TRY_STATUS(place_->remove(name));
    return PutNew::taken;
  }
  for (const auto number : there)
    if (number <= entry.number - kKept) static_cast<void>(place_->remove(name_of(number)));
  return PutNew::done;
}

}  // namespace quarentena::schedule
