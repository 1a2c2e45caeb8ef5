#include "run/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/parallel.h"
#include "engine/table_query.h"
#include "run/evidence.h"
#include "run/open_engine.h"
#include "run/published_table.h"
#include "run/source_day.h"

namespace quarentena {
namespace {

std::optional<Date> day_of(const std::optional<std::string>& text) {
  return text ? Date::parse_iso(*text) : std::nullopt;
}

/// The days that the table holds.
std::set<Date> published_days(const Snapshot& snapshot) {
  std::set<Date> out;
  for (const auto& file : snapshot.files)
    if (const auto day = day_of(file.partition_value("data_carga"))) out.insert(*day);
  return out;
}

/// The question of one client and day, step by step; explain() below is its story.
class Explaining {
 public:
  Explaining(const Plan& plan, const ExplainOptions& options) : plan_(plan), options_(options) {
    out_.id_cliente = options.id_cliente;
  }

  Status find_day();
  Status recall();
  Status choose_canais();
  Status gather();
  Status answer();
  Explanation result() { return std::move(out_); }

 private:
  std::string ask_for(const std::string& columns, const std::string& days) const {
    return fmt::format("SELECT {} FROM quarentena_global WHERE id_cliente = {} AND {}", columns,
                       sql_text(options_.id_cliente), days);
  }
  bool asked(const std::string& canal) const {
    return options_.canal.empty() || options_.canal == canal;
  }
  Status read_published();
  Status look_back(const std::vector<CanalExplanation*>& canais);
  void say_why_in(CanalExplanation& canal) const;
  bool say_why_not(CanalExplanation& canal) const;
  void say_when_it_left(CanalExplanation& canal, const std::optional<Date>& saida) const;
  void say_released(CanalExplanation& canal, Date last, Date on, const std::string& until) const;

  const Plan& plan_;
  const ExplainOptions& options_;
  Explanation out_;
  std::optional<PublishedTable> published_;
  std::set<Date> days_;
  std::optional<Ledger> ledger_;
  std::unique_ptr<TableQuery> query_;
  std::map<std::string, PublishedRow> rows_;  // by canal
};

Status Explaining::find_day() {
  TRY_ASSIGN(published_, find_published_table(plan_, TableAccess::read, options_.stop));
  TRY_ASSIGN(const auto snapshot, read_snapshot(published_->at));
  if (!snapshot)
    return fail(ErrorKind::missing, fmt::format("there is no table at {} yet", plan_.table),
                "`quarentena run` makes it");
  days_ = published_days(*snapshot);
  out_.version = snapshot->version;
  TRY_ASSIGN(ledger_, Ledger::read(published_->at));
  // A day on which nobody is in quarantine has no file, and yet it was published.
  for (const auto& row : ledger_->rows())
    if (row.counts()) days_.insert(row.data_carga);
  if (days_.empty())
    return fail(ErrorKind::missing, "the table holds no day", "`quarentena run` loads one");
  out_.day = options_.day.value_or(*days_.rbegin());
  if (days_.contains(out_.day)) return {};
  return fail(ErrorKind::missing, fmt::format("the table holds nothing of {}", out_.day.iso()),
              fmt::format("its days are from {} to {}; `quarentena run -d {}` loads that one",
                          days_.begin()->iso(), days_.rbegin()->iso(), out_.day.iso()));
}

Status Explaining::recall() {
  TableQueryOptions table{published_->at, {}, {}};
  table.as_of.version = out_.version;
  TRY_ASSIGN(query_, open_table_query(table));
  return {};
}

/// Those of the configuration, then others that the ledger has on that day.
Status Explaining::choose_canais() {
  std::vector<std::string> canais;
  const auto add = [&](const std::string& canal) {
    if (asked(canal) && std::count(canais.begin(), canais.end(), canal) == 0)
      canais.push_back(canal);
  };
  for (const auto& source : plan_.sources) add(source.canal);
  for (const auto& row : ledger_->rows())
    if (row.data_carga == out_.day) add(row.canal);
  if (canais.empty()) {
    std::set<std::string> known;
    for (const auto& source : plan_.sources) known.insert(source.canal);
    return fail(ErrorKind::config, fmt::format("no canal is called '{}'", options_.canal),
                fmt::format("the canais are {}", fmt::join(known, ", ")));
  }
  for (const auto& canal : canais) out_.canais.emplace_back().canal = canal;
  return {};
}

Status Explaining::read_published() {
  const auto sql = ask_for("canal, email, telefone, assunto, data_envio, qtd_dias, saida_prevista",
                           fmt::format("data_carga = DATE '{}'", out_.day.iso()));
  return each_row(*query_, sql, [&](const AnswerRow& row) {
    PublishedRow one{row[1], row[2], row[3], day_of(row[4]), day_of(row[6]), {}};
    if (row[5]) one.qtd_dias = std::stoi(*row[5]);
    rows_[row[0].value_or("")] = std::move(one);
  });
}

/// The published rows and each canal's deliveries, beside each other.
Status Explaining::gather() {
  const auto cores = threads_for(options_.threads);
  const auto callers = std::min(cores, out_.canais.size() + 1);
  TRY_ASSIGN(const auto engine, open_engine(plan_, {cores - callers + 1, {}, {}, options_.stop}));
  TRY_ASSIGN(const auto kept, open_kept_deliveries(plan_, options_.stop));
  const EvidenceAsked asked_for{&plan_,   &*ledger_,           &kept,
                                out_.day, options_.id_cliente, options_.stop};
  const auto results = in_parallel(out_.canais.size() + 1, callers, [&](std::size_t i) -> Status {
    // The table's answer takes the shortest, so it is asked last.
    if (i == out_.canais.size()) {
      TRY_STATUS(recall());
      return read_published();
    }
    auto& canal = out_.canais[i];
    auto evidence = evidence_of(*engine, asked_for, canal.canal);
    canal.sources = std::move(evidence.sources);
    canal.rows = std::move(evidence.rows);
    return {};
  });
  TRY_STATUS(combined(results));
  // A canal that neither the configuration nor the ledger knows, and yet the table holds.
  for (const auto& [canal, row] : rows_) {
    const auto same = [&name = canal](const auto& one) { return one.canal == name; };
    if (asked(canal) && std::none_of(out_.canais.begin(), out_.canais.end(), same))
      out_.canais.emplace_back().canal = canal;
  }
  return {};
}

std::string what_is_missing(const CanalExplanation& canal) {
  std::vector<std::string> parts;
  for (const auto& source : canal.sources)
    if (!source.missing.empty())
      parts.push_back(fmt::format("source '{}': {}", source.name, source.missing));
  return fmt::format("{}", fmt::join(parts, "; "));
}

void Explaining::say_why_in(CanalExplanation& canal) const {
  const auto& row = *canal.published;
  if (!canal.rows.empty() && canal.rows.front().outcome == RowOutcome::quarantined &&
      canal.rows.front().data_envio == row.data_envio) {
    canal.because = Because::in_force;
    canal.reason = canal.rows.front().why;
    return;
  }
  const auto missing = what_is_missing(canal);
  canal.reason = !missing.empty() ? missing
                 : canal.sources.empty()
                     ? "neither the configuration nor the source ledger knows this canal"
                     : "the deliveries in force, read as configured now, do not hold this row: the "
                       "configuration changed since the day was loaded";
}

/// From the rows that there are; false: there are none.
bool Explaining::say_why_not(CanalExplanation& canal) const {
  const auto first = [&](RowOutcome outcome) -> const EvidenceRow* {
    for (const auto& row : canal.rows)
      if (row.outcome == outcome) return &row;
    return nullptr;
  };
  const auto say = [&](Because because, std::string reason) {
    canal.because = because;
    canal.reason = std::move(reason);
    return true;
  };
  if (first(RowOutcome::quarantined) != nullptr)
    return say(Because::not_explained,
               "the deliveries in force, read as configured now, hold this client, and the table "
               "does not: the configuration changed since the day was loaded, or somebody removed "
               "the row");
  // The one that enters first stands last among those of the future.
  const EvidenceRow* enters = nullptr;
  for (const auto& row : canal.rows)
    if (row.outcome == RowOutcome::future) enters = &row;
  if (enters != nullptr)
    return say(Because::future,
               fmt::format("future until {}: {}", enters->data_envio->iso(), enters->why));
  if (const auto* row = first(RowOutcome::expired))
    return say(Because::expired, fmt::format("expired on {}: {}", row->leaves->iso(), row->why));
  if (const auto* row = first(RowOutcome::filtered)) return say(Because::filtered, row->why);
  if (const auto* row = first(RowOutcome::rejected))
    return say(Because::rejected, "rejected: " + row->why);
  if (const auto missing = what_is_missing(canal); !missing.empty())
    return say(Because::not_explained, missing);
  return false;
}

/// `on`: the first day without them.
void Explaining::say_released(CanalExplanation& canal, Date last, Date on,
                              const std::string& until) const {
  std::vector<std::string> how;
  for (const auto& row : ledger_->rows()) {
    if (row.data_carga != on || row.canal != canal.canal) continue;
    if (row.decision == Decision::accepted)
      how.push_back(fmt::format("absent from the delivery of source '{}' accepted for {}",
                                row.source, on.iso()));
    if (row.decision == Decision::skipped)
      how.push_back(
          fmt::format("source '{}' was skipped on {} ({})", row.source, on.iso(), row.reason));
  }
  if (how.empty()) how.push_back("the ledger does not say what came on that day");
  canal.because = Because::released;
  canal.reason = fmt::format("released on {}: was in the table of {} ({}), and {}", on.iso(),
                             last.iso(), until, fmt::join(how, "; "));
}

void Explaining::say_when_it_left(CanalExplanation& canal, const std::optional<Date>& saida) const {
  const Date last = *canal.last_published;
  const Date on = *days_.upper_bound(last);
  if (saida && *saida < on) {
    canal.because = Because::expired;
    canal.reason = fmt::format("expired on {}: {} < {}, and no delivery in force holds them now",
                               saida->iso(), saida->iso(), on.iso());
    return;
  }
  say_released(canal, last, on, saida ? "until " + saida->iso() : "until removed");
}

/// When those who are nowhere now were last in the table.
Status Explaining::look_back(const std::vector<CanalExplanation*>& canais) {
  if (canais.empty()) return {};
  auto since = days_.find(out_.day);
  std::size_t looked = 0;
  for (; since != days_.begin() && looked < options_.look_back; ++looked) --since;
  std::map<std::string, std::pair<Date, std::optional<Date>>> found;
  if (looked > 0) {
    const auto sql = ask_for(
        "canal, data_carga, saida_prevista",
        fmt::format("data_carga >= DATE '{}' AND data_carga < DATE '{}' ORDER BY data_carga",
                    since->iso(), out_.day.iso()));
    TRY_STATUS(each_row(*query_, sql, [&](const AnswerRow& row) {
      if (const auto day = day_of(row[1])) found[row[0].value_or("")] = {*day, day_of(row[2])};
    }));
  }
  for (auto* canal : canais) {
    if (const auto there = found.find(canal->canal); there != found.end()) {
      canal->last_published = there->second.first;
      say_when_it_left(*canal, there->second.second);
      continue;
    }
    canal->because = Because::never_seen;
    canal->reason = "never seen in the deliveries in force";
    if (looked > 0)
      canal->reason += fmt::format(", nor in the table on the {} published day{} before", looked,
                                   looked == 1 ? "" : "s");
    for (const auto& source : canal->sources)
      if (source.decision == Decision::skipped)
        canal->reason += fmt::format("; source '{}' counts for nobody on this day: {}", source.name,
                                     source.reason);
  }
  return {};
}

Status Explaining::answer() {
  std::vector<CanalExplanation*> nowhere;
  for (auto& canal : out_.canais) {
    if (const auto row = rows_.find(canal.canal); row != rows_.end()) {
      canal.published = row->second;
      say_why_in(canal);
    } else if (!say_why_not(canal)) {
      nowhere.push_back(&canal);
    }
  }
  return look_back(nowhere);
}

}  // namespace

const char* name(Because because) {
  switch (because) {
    case Because::in_force:
      return "in_force";
    case Because::never_seen:
      return "never_seen";
    case Because::expired:
      return "expired";
    case Because::future:
      return "future";
    case Because::filtered:
      return "filtered";
    case Because::rejected:
      return "rejected";
    case Because::released:
      return "released";
    case Because::not_explained:
      return "not_explained";
  }
  return "";
}

const char* name(RowOutcome outcome) {
  switch (outcome) {
    case RowOutcome::quarantined:
      return "quarantined";
    case RowOutcome::duplicate:
      return "duplicate";
    case RowOutcome::expired:
      return "expired";
    case RowOutcome::future:
      return "future";
    case RowOutcome::filtered:
      return "filtered";
    case RowOutcome::rejected:
      return "rejected";
  }
  return "";
}

bool Explanation::in_quarantine() const {
  return std::any_of(canais.begin(), canais.end(),
                     [](const auto& canal) { return canal.published.has_value(); });
}

Result<Explanation> explain(const Plan& plan, const ExplainOptions& options) {
  Explaining explaining(plan, options);
  TRY_STATUS(explaining.find_day());
  TRY_STATUS(explaining.choose_canais());
  TRY_STATUS(explaining.gather());
  TRY_STATUS(explaining.answer());
  return explaining.result();
}

}  // namespace quarentena
