#include "run/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <tuple>

#include "engine/table_query.h"
#include "run/source_check.h"
#include "run/source_day.h"
#include "trust/memory.h"

namespace quarentena {
namespace {

using Answer = std::vector<std::vector<std::optional<std::string>>>;

/// A kept delivery that is an input of the canal.
struct Input {
  const Source* source = nullptr;
  std::string origin;
  Date accepted_for;
  Delivery delivery;
  std::map<std::string, std::string> names;  ///< path to the name its origin has for it
  std::optional<Source> then;                ///< KeptDeliveries::source_then
};

/// The client's rows in one canal.
class CanalEvidence {
 public:
  CanalEvidence(Engine& engine, const EvidenceAsked& asked, const std::string& canal)
      : engine_(engine),
        asked_(asked),
        load_{.canal = canal,
              .sources = {},
              .data_carga = asked.day,
              .timezone = asked.plan->timezone,
              .folder = {},
              .only_id_cliente = asked.id_cliente} {}

  Evidence gather() {
    for (const auto& source : asked_.plan->sources) add_source(source);
    for (const auto& row : asked_.ledger->rows()) add_unconfigured(row);
    if (!load_.sources.empty()) read();
    return std::move(evidence_);
  }

 private:
  void add_source(const Source& source);
  void add_unconfigured(const LedgerRow& row);
  /// `kept_as`: under whose name they are kept.
  void open(const Source& source, const Source& kept_as, const std::vector<InForce>& in_force,
            const std::vector<PeriodOfContacts>& periods, EvidenceSource& told);
  void read();
  bool read_as_then(const std::string& source);
  void add_rows(const Answer& answer);
  EvidenceRow row_of(const std::vector<std::optional<std::string>>& values,
                     std::vector<std::size_t>& inputs) const;
  void judge(EvidenceRow& row, const std::string& status, const SourceLoad& load) const;
  std::optional<Date> carried_since(const LedgerRow& row) const;

  Engine& engine_;
  const EvidenceAsked& asked_;
  CanalLoad load_;
  std::deque<Source> sources_;  // as they were on the day
  std::deque<Input> inputs_;
  std::vector<const Input*> input_of_;  // as load_.sources
  Evidence evidence_;
};

EvidenceSource told_by(const LedgerRow& row) {
  EvidenceSource told;
  told.name = row.source;
  told.status = row.status;
  told.decision = row.decision;
  told.reason = row.reason;
  told.in_force_since = row.in_force_since;
  return told;
}

void add_missing(EvidenceSource& told, const std::string& what) {
  told.missing += (told.missing.empty() ? "" : "; ") + what;
}

std::optional<Date> CanalEvidence::carried_since(const LedgerRow& row) const {
  if (!row.carried()) return std::nullopt;
  Date since = row.data_carga;
  for (const auto* earlier : asked_.ledger->history(row.source, row.data_carga)) {
    if (!earlier->carried()) break;
    since = earlier->data_carga;
  }
  return since;
}

/// What is in force is what the ledger says of the day, under the period it was loaded with.
void CanalEvidence::add_source(const Source& configured) {
  const auto* row = asked_.ledger->find(asked_.day, configured.name);
  if ((row != nullptr ? row->canal : configured.canal) != load_.canal) return;
  if (row == nullptr) {
    evidence_.sources.push_back({configured.name, {}, {}, {}, {}, {}, {}});
    add_missing(evidence_.sources.back(),
                fmt::format("the source ledger has no row of it on {}", asked_.day.iso()));
    return;
  }
  auto& told = evidence_.sources.emplace_back(told_by(*row));
  told.carried_since = carried_since(*row);
  if (!row->counts()) return;
  auto& source = sources_.emplace_back(configured);
  source.canal = row->canal;
  source.period.dias = row->dias;
  const auto tomorrow = Date(asked_.day.days() + 1);
  const auto memory = remember(source, asked_.ledger->history(source.name, tomorrow), asked_.day);
  auto in_force = memory.carried;
  // An accepted delivery of events counts even when none of its contacts reaches the day.
  const bool there = std::any_of(in_force.begin(), in_force.end(),
                                 [&](const auto& one) { return one.id == row->in_force; });
  if (!there && row->in_force_since && !row->in_force.empty())
    in_force.insert(in_force.begin(), {row->in_force, *row->in_force_since});
  open(source, source, in_force, memory.periods, told);
  if (row->late_rows.empty()) return;
  const auto& late = sources_.emplace_back(standard_columns(source));
  open(late, late_rows_of(source), {{row->late_rows, asked_.day}}, memory.periods, told);
}

void CanalEvidence::add_unconfigured(const LedgerRow& row) {
  if (row.data_carga != asked_.day || row.canal != load_.canal) return;
  if (asked_.plan->find(row.source) != nullptr) return;
  auto& told = evidence_.sources.emplace_back(told_by(row));
  told.carried_since = carried_since(row);
  add_missing(told, "it is not configured any more, so its rows cannot be understood");
}

void CanalEvidence::open(const Source& source, const Source& kept_as,
                         const std::vector<InForce>& in_force,
                         const std::vector<PeriodOfContacts>& periods, EvidenceSource& told) {
  RunOptions options;
  options.data_carga = asked_.day;
  options.stop = asked_.stop;
  const auto context = fetch_context(*asked_.plan, source, options);
  for (const auto& one : in_force) {
    auto delivery = asked_.kept->open(kept_as, one.id, context);
    if (!delivery) {
      add_missing(told, fmt::format("the delivery accepted for {} cannot be read again: {}",
                                    one.since.iso(), delivery.error().what));
      continue;
    }
    auto& input = inputs_.emplace_back(Input{&source, {}, one.since, std::move(*delivery), {}, {}});
    input.then = asked_.kept->source_then(kept_as, one.id);
    const auto manifest = asked_.kept->manifest(kept_as.name, one.id);
    if (manifest && *manifest) {
      input.origin = (*manifest)->origin;
      const auto& files = input.delivery.files;
      for (std::size_t i = 0; i < std::min(files.size(), (*manifest)->files.size()); ++i)
        input.names[files[i].path.string()] = (*manifest)->files[i].name;
    }
    for (const auto& [period, sent] : periods) {
      load_.sources.push_back({&source, &input.delivery, nullptr, one.since, period, sent});
      input_of_.push_back(&input);
    }
  }
}

/// As SourceDay::read_as_then.
bool CanalEvidence::read_as_then(const std::string& source) {
  bool any = false;
  for (std::size_t i = 0; i < load_.sources.size(); ++i) {
    auto& input = load_.sources[i];
    const auto& then = input_of_[i]->then;
    if (input.source->name != source || !then || input.source == &*then) continue;
    input.source = &*then;
    any = true;
  }
  return any;
}

void CanalEvidence::read() {
  const auto sql = fmt::format(
      "SELECT source, file, row, email, telefone, assunto, data_envio, "
      "data_envio_text, status FROM rows WHERE id_cliente = {}",
      sql_text(asked_.id_cliente));
  auto answer = engine_.ask(load_, sql);
  while (!answer && read_as_then(answer.error().source)) answer = engine_.ask(load_, sql);
  if (answer) return add_rows(*answer);
  for (auto& told : evidence_.sources) {
    const auto& error = answer.error();
    if (error.source.empty() || error.source == told.name || load_.sources.size() == 1)
      add_missing(told, "its delivery cannot be read again as configured now: " + error.what);
    else
      add_missing(told, fmt::format("not read, as source '{}' could not be", error.source));
  }
}

/// Leaves last, then the smallest texts (NULLs last), then the first source: DESIGN rule 3.
struct Order {
  const EvidenceRow* row;
  std::size_t input;
  static auto text(const std::optional<std::string>& value) {
    return std::make_tuple(!value.has_value(), value.value_or(""));
  }
  auto key() const {
    const auto& leaves = row->leaves ? row->leaves : row->data_envio;
    return std::make_tuple(!leaves.has_value(), leaves ? -leaves->days() : 0, text(row->email),
                           text(row->telefone), text(row->assunto), input, row->file, row->row);
  }
};

/// Why `row` lost to `winner`, which stands before it in that order.
std::string why_lost(const EvidenceRow& row, const EvidenceRow& winner) {
  const auto day = [](const EvidenceRow& of) { return of.leaves ? of.leaves : of.data_envio; };
  const auto at = fmt::format("{}:{}", winner.file, winner.row);
  if (day(row) != day(winner)) {
    if (!day(row)) return fmt::format("has no date, and {} has one", at);
    if (row.leaves)
      return fmt::format("leaves earlier: {} < {} of {}", row.leaves->iso(), winner.leaves->iso(),
                         at);
    return fmt::format("is older: {} < {} of {}", row.data_envio->iso(), winner.data_envio->iso(),
                       at);
  }
  if (Order::text(row.email) != Order::text(winner.email))
    return fmt::format("same day, and the e-mail of {} comes first", at);
  if (Order::text(row.telefone) != Order::text(winner.telefone))
    return fmt::format("same day and e-mail, and the telephone of {} comes first", at);
  if (Order::text(row.assunto) != Order::text(winner.assunto))
    return fmt::format("same day, e-mail and telephone, and the subject of {} comes first", at);
  return fmt::format("says the same as {}", at);
}

void CanalEvidence::judge(EvidenceRow& row, const std::string& status,
                          const SourceLoad& load) const {
  if (row.data_envio && load.period.dias)
    row.leaves = Date(row.data_envio->days() + *load.period.dias);
  if (status == "filtered") {
    row.outcome = RowOutcome::filtered;
    const bool by_day = load.source->depends_on_day();
    row.why = fmt::format("`where: {}` does not keep it{}", load.source->where,
                          by_day ? fmt::format(" (data_carga = {})", load.as_of.iso()) : "");
  } else if (status == "rejected") {
    row.outcome = RowOutcome::rejected;
    row.why = row.data_envio_text
                  ? fmt::format("data_envio '{}' is not a date in the configured format",
                                *row.data_envio_text)
                  : "it has no data_envio";
  } else if (status == "future") {
    row.outcome = RowOutcome::future;
    row.why = fmt::format("{} > {}: it enters on its day", row.data_envio->iso(), asked_.day.iso());
  } else {
    row.outcome = status == "expired" ? RowOutcome::expired : RowOutcome::quarantined;
    row.why = load.period.until_removed()
                  ? "until removed: it counts while an accepted delivery holds it"
                  : arithmetic(*row.data_envio, *load.period.dias, asked_.day);
  }
}

EvidenceRow CanalEvidence::row_of(const std::vector<std::optional<std::string>>& values,
                                  std::vector<std::size_t>& inputs) const {
  const auto position = static_cast<std::size_t>(std::stoull(values.at(0).value_or("0")));
  const auto& load = load_.sources.at(position);
  const auto& input = *input_of_.at(position);
  EvidenceRow row;
  row.source = load.source->name;
  row.origin = input.origin;
  row.accepted_for = input.accepted_for;
  row.file = values.at(1).value_or("");
  if (const auto named = input.names.find(row.file); named != input.names.end())
    row.file = named->second;
  else if (load.delivery->delta && row.file.starts_with(load.delivery->delta->location + "/"))
    row.file.erase(0, load.delivery->delta->location.size() + 1);
  row.row = std::stoll(values.at(2).value_or("0"));
  row.email = values.at(3);
  row.telefone = values.at(4);
  row.assunto = values.at(5);
  if (values.at(6)) row.data_envio = Date::parse_iso(*values.at(6));
  row.data_envio_text = values.at(7);
  judge(row, values.at(8).value_or(""), load);
  inputs.push_back(position);
  return row;
}

void CanalEvidence::add_rows(const Answer& answer) {
  std::vector<EvidenceRow> rows;
  std::vector<std::size_t> inputs;
  for (const auto& values : answer) rows.push_back(row_of(values, inputs));
  std::vector<std::size_t> order(rows.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](auto a, auto b) {
    const auto key = [&](std::size_t i) {
      return std::make_tuple(rows[i].outcome, Order{&rows[i], inputs[i]}.key());
    };
    return key(a) < key(b);
  });
  for (const auto i : order) evidence_.rows.push_back(std::move(rows[i]));
  for (std::size_t i = 1; i < evidence_.rows.size(); ++i) {
    auto& row = evidence_.rows[i];
    if (row.outcome != RowOutcome::quarantined) break;
    row.outcome = RowOutcome::duplicate;
    row.why += "; " + why_lost(row, evidence_.rows.front());
  }
}

}  // namespace

std::string arithmetic(Date data_envio, int dias, Date day) {
  const Date leaves(data_envio.days() + dias);
  return fmt::format("{} + {} days = {} {} {}", data_envio.iso(), dias, leaves.iso(),
                     leaves < day ? "<" : ">=", day.iso());
}

Evidence evidence_of(Engine& engine, const EvidenceAsked& asked, const std::string& canal) {
  return CanalEvidence(engine, asked, canal).gather();
}

}  // namespace quarentena
