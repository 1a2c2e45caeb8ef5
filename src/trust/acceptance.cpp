#include "trust/acceptance.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace quarentena {
namespace {

using Columns = std::map<std::string, std::string>;
constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kMinuteMs = 60'000;

std::int64_t counted(const InputLoaded& loaded) {
  return loaded.account.read - loaded.account.filtered;
}

std::string clock(int minutes) { return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60); }

/// When the delivery is due, in UTC. Errors of the zone were found with the configuration.
std::optional<std::int64_t> due_ms(const Source& source, const Moment& moment) {
  const auto& minutes = source.acceptance.deadline_minutes;
  if (!minutes) return std::nullopt;
  const auto& own = source.acceptance.timezone;
  const auto midnight = parse_timestamp_ms(moment.data_carga.iso() + "T00:00:00",
                                           own.empty() ? moment.timezone : own);
  if (!midnight) return std::nullopt;
  return *midnight + *minutes * kMinuteMs;
}

/// "due 07:00" with whether that is past; empty without a deadline.
std::string due_text(const Source& source, const Moment& moment) {
  const auto due = due_ms(source, moment);
  if (!due) return {};
  return fmt::format("; it {} due at {}", moment.now_ms > *due ? "was" : "is",
                     clock(*source.acceptance.deadline_minutes));
}

Verdict refused(SourceStatus status, std::string reason) {
  return {status, false, std::move(reason), {}};
}

/// It may be right all the same, which a person must say.
Verdict refused_until_told(const Source& source, SourceStatus status, std::string reason) {
  auto verdict = refused(status, std::move(reason));
  verdict.hint = fmt::format(
      "{}if that is right: run again with --accept-change {} --reason '...'",
      status == SourceStatus::truncated ? "ask its sender for the whole file; " : "", source.name);
  return verdict;
}

SourceStatus status_of(const Error& error) {
  switch (error.defect) {
    case Defect::empty:
      return SourceStatus::empty;
    case Defect::truncated:
      return SourceStatus::truncated;
    case Defect::drifted:
      return SourceStatus::drifted;
    case Defect::none:
      break;
  }
  return error.kind == ErrorKind::missing ? SourceStatus::missing : SourceStatus::failed;
}

/// INTEGER and BIGINT are the same to the rules, as are VARCHAR and text; a date and a number are
/// not. What a column of nested values holds is not compared.
std::string family(const std::string& type) {
  static const std::map<std::string, std::string> kFamilies = {
      {"TINYINT", "integer"},   {"SMALLINT", "integer"}, {"INTEGER", "integer"},
      {"BIGINT", "integer"},    {"HUGEINT", "integer"},  {"UTINYINT", "integer"},
      {"USMALLINT", "integer"}, {"UINTEGER", "integer"}, {"UBIGINT", "integer"},
      {"FLOAT", "real"},        {"DOUBLE", "real"},
  };
  if (type.starts_with("DECIMAL(")) return "real";
  if (type.starts_with("STRUCT(")) return "struct";
  if (type.starts_with("TIMESTAMP") && type != "TIMESTAMP WITH TIME ZONE") return "TIMESTAMP";
  const auto found = kFamilies.find(type);
  return found == kFamilies.end() ? type : found->second;
}

Columns columns_of_row(const LedgerRow& row) {
  Columns out;
  const auto json = nlohmann::json::parse(row.columns, nullptr, false);
  if (!json.is_object()) return out;
  for (const auto& [name, type] : json.items())
    if (type.is_string()) out[name] = type.get<std::string>();
  return out;
}

bool mapped(const Source& source, const std::string& column) {
  const auto mappings = source.mappings();
  return std::any_of(mappings.begin(), mappings.end(), [&](const Mapping* mapping) {
    return !mapping->constant && mapping->column == column;
  });
}

std::optional<std::string> drift(const Source& source, const InputLoaded& loaded,
                                 const SourceMemory& memory) {
  if (memory.agreed == nullptr) return std::nullopt;
  const auto agreed = columns_of_row(*memory.agreed);
  if (agreed.empty()) return std::nullopt;
  const bool frozen = source.acceptance.contract == Acceptance::Contract::freeze;
  std::vector<std::string> changes;
  for (const auto& [name, type] : loaded.columns) {
    const auto was = agreed.find(name);
    if (was == agreed.end()) {
      if (frozen) changes.push_back(fmt::format("'{}' is new", name));
      continue;
    }
    const bool other = frozen ? was->second != type : family(was->second) != family(type);
    if (other && (frozen || mapped(source, name)))
      changes.push_back(fmt::format("'{}' was {} and is {}", name, was->second, type));
  }
  for (const auto& [name, type] : agreed)
    if (!loaded.columns.count(name) && (frozen || mapped(source, name)))
      changes.push_back(fmt::format("'{}' is gone", name));
  if (changes.empty()) return std::nullopt;
  return fmt::format("its columns changed: {}", fmt::join(changes, ", "));
}

/// The row of the day itself, when it was published with this very delivery; else null.
const LedgerRow* accepted_before(const Arrived& arrived, const SourceMemory& memory,
                                 const Moment& moment) {
  const auto* row = memory.last;
  const bool is_it = row != nullptr && row->data_carga == moment.data_carga &&
                     row->decision == Decision::accepted && row->in_force == arrived.id;
  return is_it ? row : nullptr;
}

/// Whoever came since would be released by it.
std::optional<std::string> older_copy(const Arrived& arrived, const SourceMemory& memory) {
  // Of a table that is copied another mapping makes another delivery.
  const auto* last = memory.accepted;
  if (last != nullptr && last->in_force == memory.last->in_force &&
      last->digest == arrived.delivery->digest)
    return std::nullopt;
  for (const auto& [id, since] : memory.replaced)
    if (id == arrived.id)
      return fmt::format("the same delivery as on {}, which that of {} took the place of",
                         since.iso(), memory.last->in_force_since->iso());
  return std::nullopt;
}

/// A sender that always ended its last line and now does not was cut off there.
bool cut_in_a_line(const Arrived& arrived, const SourceMemory& memory) {
  if (arrived.ends_in_newline || memory.agreed == nullptr) return false;
  const auto files = nlohmann::json::parse(memory.agreed->files, nullptr, false);
  return files.is_array() && !files.empty() &&
         std::all_of(files.begin(), files.end(), [](const auto& file) {
           return file.is_object() && file.value("ends_in_newline", false);
         });
}

/// What a person may know better. It is taken on their word, of which the day's row tells.
struct Doubt {
  SourceStatus status = SourceStatus::drifted;
  std::string reason;
};

std::optional<Doubt> doubt_about_form(const Source& source, const Arrived& arrived,
                                      const SourceMemory& memory) {
  std::optional<std::string> changed;
  if (arrived.loaded != nullptr) changed = drift(source, *arrived.loaded, memory);
  if (cut_in_a_line(arrived, memory))
    return Doubt{SourceStatus::truncated,
                 "it ends without a line end, which earlier deliveries had: its end is missing" +
                     (changed ? "; " + *changed : std::string())};
  if (!changed) return std::nullopt;
  return Doubt{SourceStatus::drifted, *changed};
}

/// Whole, but of another day.
std::optional<std::string> staleness(const Source& source, const Arrived& arrived,
                                     const SourceMemory& memory, const Moment& moment) {
  const auto& limits = source.acceptance;
  const bool same = memory.before != nullptr && memory.before->in_force == arrived.id;
  const auto due = due_text(source, moment);
  if (arrived.loaded != nullptr && arrived.loaded->account.read > 0 &&
      counted(*arrived.loaded) == 0 && source.depends_on_day()) {
    if (same)
      return fmt::format("the same delivery as on {}; none of its rows is of this day{}",
                         memory.before->in_force_since->iso(), due);
    return fmt::format("none of its {} rows is of this day (`where: {}`){}",
                       arrived.loaded->account.read, source.where, due);
  }
  if (limits.max_age_hours) {
    const auto age = moment.now_ms - arrived.delivery->modified_ms();
    if (age > *limits.max_age_hours * kHourMs)
      return fmt::format("last changed {} hours ago, at most {} are allowed{}", age / kHourMs,
                         *limits.max_age_hours, due);
  }
  if (limits.newest_within_days && arrived.loaded != nullptr && counted(*arrived.loaded) > 0) {
    const auto& newest = arrived.loaded->newest;
    const Date oldest(moment.data_carga.days() - *limits.newest_within_days);
    if (!newest) return fmt::format("no row has a usable data_envio{}", due);
    if (*newest < oldest)
      return fmt::format("its newest data_envio is {}, {} or later is expected{}", newest->iso(),
                         oldest.iso(), due);
  }
  return std::nullopt;
}

bool beyond(const ChangeLimit& limit, std::int64_t change, std::int64_t usual) {
  return change > limit.count && change * 100 > usual * limit.percent;
}

/// What a source was accepted with is not held against it.
bool more_than_usual(std::int64_t rejected, std::int64_t rows, const SourceMemory& memory) {
  const auto* last = memory.accepted;
  if (last == nullptr || last->rows_rejected.value_or(0) == 0) return true;
  return rejected * last->rows_counted.value_or(0) > *last->rows_rejected * rows;
}

std::optional<std::string> volume(const Source& source, const InputLoaded& loaded,
                                  const SourceMemory& memory) {
  const auto& limits = source.acceptance;
  const auto rows = counted(loaded);
  const auto usual = memory.median();
  if (rows < limits.min_rows)
    return fmt::format("{} rows, at least {} are expected", rows, limits.min_rows);
  if (!memory.usual.empty() && limits.shrink && beyond(*limits.shrink, usual - rows, usual))
    return fmt::format("{} rows instead of the usual {}: {}% fewer, at most {}% are allowed", rows,
                       usual, (usual - rows) * 100 / std::max<std::int64_t>(usual, 1),
                       limits.shrink->percent);
  if (!memory.usual.empty() && limits.growth && beyond(*limits.growth, rows - usual, usual))
    return fmt::format("{} rows instead of the usual {}: more than {}% too many", rows, usual,
                       limits.growth->percent);
  const auto rejected = loaded.account.rejected;
  if (rejected * 100 > rows * limits.max_reject_percent && more_than_usual(rejected, rows, memory))
    return fmt::format("{} of {} rows were rejected, at most {}% are allowed", rejected, rows,
                       limits.max_reject_percent);
  return std::nullopt;
}

bool no_row_counts(const Source& source, const InputLoaded& loaded) {
  return counted(loaded) == 0 && source.acceptance.min_rows > 0;
}

/// In time is another question than complete.
std::optional<std::string> after_its_deadline(const Source& source, const Delivery& delivery,
                                              const Moment& moment) {
  const auto due = due_ms(source, moment);
  if (!due || delivery.modified_ms() <= *due) return std::nullopt;
  return fmt::format("came {} minutes after {}", (delivery.modified_ms() - *due) / kMinuteMs,
                     clock(*source.acceptance.deadline_minutes));
}

/// What an accepted delivery is; `doubt` was taken on somebody's word, today or in `said`.
Verdict accepted(const Source& source, const Arrived& arrived, const SourceMemory& memory,
                 const Moment& moment, const std::optional<Doubt>& doubt) {
  Verdict verdict;
  const auto be = [&](SourceStatus status, std::string reason) {
    verdict.status = status;
    verdict.reason = std::move(reason);
  };
  const auto* said = accepted_before(arrived, memory, moment);
  if (doubt && !arrived.change_accepted.empty()) {
    be(doubt->status, fmt::format("{}; accepted by {}", doubt->reason, arrived.change_accepted));
  } else if (doubt) {
    be(doubt->status, said->reason);
  } else if (auto late = after_its_deadline(source, *arrived.delivery, moment)) {
    be(SourceStatus::late, *late);
  } else if (said != nullptr && said->status == SourceStatus::late) {
    be(SourceStatus::late, said->reason);
  } else if (memory.before != nullptr && memory.before->in_force == arrived.id) {
    be(SourceStatus::unchanged, fmt::format("as on {}", memory.before->data_carga.iso()));
  }
  return verdict;
}

std::vector<std::string> warnings_of(const Source& source, const Arrived& arrived,
                                     const SourceMemory& memory,
                                     const std::optional<Doubt>& doubt) {
  std::vector<std::string> out;
  if (!doubt && !arrived.change_accepted.empty())
    out.push_back("a change was accepted, and there was none");
  if (memory.period_changed && !source.applies)
    out.push_back(
        "`dias` changed: it now applies to contacts made before, too; say `applies: from_now` or "
        "`applies: to_all`");
  return out;
}

}  // namespace

Verdict judge(const Source& source, const Arrived& arrived, const SourceMemory& memory,
              const Moment& moment) {
  if (arrived.error != nullptr)
    return refused(status_of(*arrived.error), arrived.error->what + due_text(source, moment));
  const auto* said = accepted_before(arrived, memory, moment);
  const auto is_taken = [&](const Doubt& doubt) {
    return !arrived.change_accepted.empty() || (said != nullptr && said->status == doubt.status);
  };
  auto doubt = doubt_about_form(source, arrived, memory);
  if (doubt && !is_taken(*doubt)) return refused_until_told(source, doubt->status, doubt->reason);
  if (auto why = staleness(source, arrived, memory, moment))
    return refused(SourceStatus::late, *why);
  if (const auto older = older_copy(arrived, memory); older && !doubt)
    doubt = Doubt{SourceStatus::late, *older};
  if (doubt && !is_taken(*doubt)) return refused_until_told(source, doubt->status, doubt->reason);
  if (arrived.loaded != nullptr) {
    if (no_row_counts(source, *arrived.loaded))
      return refused(SourceStatus::empty, arrived.loaded->account.read == 0
                                              ? "the delivery holds no rows"
                                              : fmt::format("`where` keeps none of its {} rows",
                                                            arrived.loaded->account.read));
    if (auto why = volume(source, *arrived.loaded, memory))
      return refused(SourceStatus::shrunken, *why);
  }
  if (!arrived.broken.empty())
    return refused(SourceStatus::shrunken,
                   fmt::format("it does not meet: {}", fmt::join(arrived.broken, "; ")));
  auto verdict = accepted(source, arrived, memory, moment, doubt);
  verdict.warnings = warnings_of(source, arrived, memory, doubt);
  return verdict;
}

std::string expected_of(const Source& source, const SourceMemory& memory) {
  const auto& limits = source.acceptance;
  std::vector<std::string> parts;
  if (limits.deadline_minutes) parts.push_back("by " + clock(*limits.deadline_minutes));
  if (limits.max_age_hours)
    parts.push_back(fmt::format("changed within {} h", *limits.max_age_hours));
  if (limits.newest_within_days)
    parts.push_back(fmt::format("newest data_envio within {} d", *limits.newest_within_days));
  if (limits.min_rows > 0) parts.push_back(fmt::format("at least {} rows", limits.min_rows));
  if (limits.shrink && !memory.usual.empty())
    parts.push_back(fmt::format("at least {}% of the usual {} rows", 100 - limits.shrink->percent,
                                memory.median()));
  if (limits.growth && !memory.usual.empty())
    parts.push_back(fmt::format("at most {}% of the usual {} rows", 100 + limits.growth->percent,
                                memory.median()));
  parts.push_back(fmt::format("at most {}% rejected", limits.max_reject_percent));
  parts.push_back(limits.contract == Acceptance::Contract::freeze ? "the same columns"
                                                                  : "the mapped columns");
  for (const auto& expectation : limits.expectations) parts.push_back(expectation.name);
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string columns_text(const std::map<std::string, std::string>& columns) {
  return columns.empty() ? std::string() : nlohmann::json(columns).dump();
}

}  // namespace quarentena
