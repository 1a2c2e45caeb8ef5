#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "config/nearest.h"
#include "lookup/index_file.h"

namespace quarentena {
namespace {

/// Questions whose memory is asked for at once.
constexpr std::size_t kTogether = 16;

/// More than an entry of a directory holds by chance.
constexpr std::uint64_t kManyHashes = 256;

struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// What a quarantine weighs: 0 does not hold anybody back, the largest leaves last.
using Weights = std::vector<std::uint32_t>;

bool leaves_before(const Fact& a, const Fact& b) {
  if (a.saida_prevista == b.saida_prevista) return a.canal > b.canal;
  if (a.saida_prevista == Fact::kNoDay || b.saida_prevista == Fact::kNoDay)
    return b.saida_prevista == Fact::kNoDay;
  return a.saida_prevista < b.saida_prevista;
}

Weights weights_of(const std::vector<Fact>& facts, const std::vector<bool>& holds) {
  std::vector<std::uint32_t> order(facts.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return leaves_before(facts[a], facts[b]); });
  Weights out(facts.size(), 0);
  std::uint32_t weight = 0;
  for (const auto fact : order) {
    ++weight;
    if (holds[fact]) out[fact] = weight;
  }
  return out;
}

}  // namespace

struct Checker::State {
  std::shared_ptr<const MappedIndex> index;
  Date day;
  Weights weights;        ///< of each fact, for the key's own quarantines
  Weights of_the_person;  ///< for those of the person's other keys; empty: they do not count
  bool has_cpf = false;

  const HashPlace& keys(KeyKind kind) const {
    return index->layout().keys[static_cast<std::size_t>(kind)];
  }
  std::uint64_t entry(const HashPlace& keys, std::uint64_t hash) const {
    return hash >> (64 - keys.bits);
  }

  /// Where a hash stands among the `count` of its entry, about: they are spread evenly.
  static std::uint64_t guess(const HashPlace& keys, std::uint64_t hash, std::uint64_t count) {
    return ((hash << keys.bits >> 32) * count) >> 32;
  }

  /// Of a hash among those of its kind. False: damaged.
  bool find(const HashPlace& keys, std::uint64_t hash, Range& found) const {
    const auto* bounds = index->values<std::uint32_t>(keys.directory, entry(keys, hash), 2);
    if (bounds == nullptr || bounds[1] < bounds[0]) return false;
    const std::uint64_t first = bounds[0];
    const auto* hashes = index->values<std::uint64_t>(keys.hashes, first, bounds[1] - first);
    if (hashes == nullptr) return false;
    const std::uint64_t count = bounds[1] - first;
    const auto* end = hashes + count;
    const auto* begin = hashes + guess(keys, hash, count);
    if (count > kManyHashes) {  // one key with many rows makes the guess worthless
      begin = std::lower_bound(hashes, end, hash);
    } else {
      while (begin != hashes && begin[-1] >= hash) --begin;
      while (begin != end && *begin < hash) ++begin;
    }
    const auto* last = begin;
    while (last != end && *last == hash) ++last;
    found = {first + static_cast<std::uint64_t>(begin - hashes),
             first + static_cast<std::uint64_t>(last - hashes)};
    return true;
  }

  bool row_at(KeyKind kind, std::uint64_t at, std::uint64_t& row) const {
    row = at;
    if (kind == KeyKind::id_cliente) return true;
    const auto* rows = index->values<std::uint32_t>(keys(kind).rows, at);
    if (rows == nullptr) return false;
    row = *rows;
    return true;
  }

  Answer answer(KeyKind kind, std::optional<std::uint64_t> hash) const;
  bool weigh(KeyKind kind, Range range, Whose whose, Answer& answer) const;
  bool weigh_person(KeyKind kind, Range range, Answer& answer) const;
  bool neighbours(KeyKind kind, std::uint64_t at, Range& range) const;
};

namespace {

Answer unknown(Unknown why) {
  Answer answer;
  answer.why = why;
  return answer;
}

void block(Answer& answer, KeyKind through, Whose whose, std::uint32_t fact) {
  answer = {Standing::blocked, Unknown::none, whose, through, fact};
}

}  // namespace

Answer Checker::State::answer(KeyKind kind, std::optional<std::uint64_t> hash) const {
  if (!hash) return unknown(Unknown::not_a_key);
  Range range;
  if (!find(keys(kind), *hash, range)) return unknown(Unknown::damaged);
  Answer answer;
  answer.standing = Standing::free;
  answer.why = Unknown::none;
  if (range.begin == range.end) return answer;
  if (!weigh(kind, range, Whose::own, answer)) return unknown(Unknown::damaged);
  if (!of_the_person.empty() && !weigh_person(kind, range, answer))
    return unknown(Unknown::damaged);
  return answer;
}

/// False: damaged.
bool Checker::State::weigh(KeyKind kind, Range range, Whose whose, Answer& answer) const {
  const auto& weighed = whose == Whose::own ? weights : of_the_person;
  for (auto at = range.begin; at < range.end; ++at) {
    std::uint64_t row = 0;
    if (!row_at(kind, at, row)) return false;
    const auto* fact = index->values<std::uint32_t>(index->layout().fact_of_row, row);
    if (fact == nullptr || *fact >= weighed.size()) return false;
    const auto best = answer.standing != Standing::blocked ? 0
                      : answer.whose == Whose::own         ? weights[answer.fact]
                                                           : of_the_person[answer.fact];
    if (weighed[*fact] > best) block(answer, kind, whose, *fact);
  }
  return true;
}

/// Rows that share an id, an e-mail or a phone with one of the rows found. False: damaged.
bool Checker::State::weigh_person(KeyKind kind, Range range, Answer& answer) const {
  const auto& layout = index->layout();
  for (auto at = range.begin; at < range.end; ++at) {
    std::uint64_t row = 0;
    if (!row_at(kind, at, row)) return false;
    for (const auto other : {KeyKind::id_cliente, KeyKind::email, KeyKind::telefone}) {
      if (other == kind) continue;
      std::uint64_t place = row;
      if (other != KeyKind::id_cliente) {
        const auto* of_row =
            index->values<std::uint32_t>(layout.of_row[static_cast<std::size_t>(other) - 1], row);
        if (of_row == nullptr) return false;
        if (*of_row == kNowhere) continue;
        place = *of_row;
      }
      Range same;
      if (!neighbours(other, place, same) || !weigh(other, same, Whose::person, answer))
        return false;
    }
  }
  return true;
}

/// Those of one hash stand together. False: damaged.
bool Checker::State::neighbours(KeyKind kind, std::uint64_t at, Range& range) const {
  const auto& place = keys(kind);
  const auto* here = index->values<std::uint64_t>(place.hashes, at);
  return here != nullptr && find(place, *here, range);
}

Result<Checker> Checker::create(std::shared_ptr<const Index> index, const Plan& plan,
                                const Campaign& campaign, Date day) {
  auto state = std::make_shared<State>();
  state->index = std::static_pointer_cast<const MappedIndex>(std::move(index));
  state->day = day;
  const auto& rules = plan.check;
  const auto& canais = state->index->canais();
  const auto refuse = [](const char* what, const std::string& word,
                         const std::vector<std::string>& known, const std::string& hint) {
    const auto near = nearest(word, known);
    return fail(ErrorKind::config,
                fmt::format("there is no {} '{}'{}", what, word,
                            near ? fmt::format("; did you mean '{}'?", *near) : ""),
                hint);
  };
  if (!campaign.canal.empty()) {
    std::vector<std::string> known = canais;
    for (const auto& source : plan.sources) known.push_back(source.canal);
    for (const auto& [canal, filter] : rules.blocks) known.push_back(canal);
    if (std::find(known.begin(), known.end(), campaign.canal) == known.end())
      return refuse("canal", campaign.canal, known,
                    "a canal is one that a source feeds, or one of `check.blocks`");
  }
  const auto purpose = rules.exemptions.find(campaign.purpose);
  if (!campaign.purpose.empty() && purpose == rules.exemptions.end()) {
    std::vector<std::string> known;
    for (const auto& [name, filter] : rules.exemptions) known.push_back(name);
    return refuse("purpose", campaign.purpose, known, "purposes are those of `check.exemptions`");
  }
  const auto blocks = rules.blocks.find(campaign.canal);
  const auto& facts = state->index->facts();
  std::vector<bool> holds, holds_person;
  for (const auto& fact : facts) {
    const auto& canal = canais[fact.canal];
    const bool over = fact.saida_prevista != Fact::kNoDay && fact.saida_prevista < day.days();
    const bool exempt = purpose != rules.exemptions.end() && purpose->second.holds(canal);
    const bool counts = blocks == rules.blocks.end() || blocks->second.holds(canal);
    holds.push_back(!over && !exempt && counts);
    holds_person.push_back(holds.back() && rules.person.holds(canal));
  }
  state->weights = weights_of(facts, holds);
  if (std::count(holds_person.begin(), holds_person.end(), true) > 0)
    state->of_the_person = weights_of(facts, holds_person);
  return Checker(std::move(state));
}

Status Checker::check_type(KeyType type) const {
  if (type.kind != KeyKind::cpf || state_->index->info().has_cpf) return {};
  return fail(ErrorKind::config, "the configuration does not say which column holds a CPF",
              "name it: identity: { cpf: id_cliente }");
}

Answer Checker::ask(const Question& question) const {
  return state_->answer(question.type.kind,
                        key_hash(state_->index->secret(), question.type, question.text));
}

void Checker::ask(const Question* questions, std::size_t count, Answer* answers) const {
  const auto& index = *state_->index;
  std::optional<std::uint64_t> hashes[kTogether];
  for (std::size_t from = 0; from < count; from += kTogether) {
    const auto some = std::min(kTogether, count - from);
    for (std::size_t i = 0; i < some; ++i) {
      const auto& question = questions[from + i];
      hashes[i] = key_hash(index.secret(), question.type, question.text);
      if (!hashes[i]) continue;
      const auto& keys = state_->keys(question.type.kind);
      index.prefetch(keys.directory, state_->entry(keys, *hashes[i]), 4);
    }
    for (std::size_t i = 0; i < some; ++i) {
      if (!hashes[i]) continue;
      const auto& keys = state_->keys(questions[from + i].type.kind);
      const auto* bounds =
          index.values<std::uint32_t>(keys.directory, state_->entry(keys, *hashes[i]), 2);
      if (bounds == nullptr || bounds[1] <= bounds[0]) continue;
      const auto at = bounds[0] + State::guess(keys, *hashes[i], bounds[1] - bounds[0]);
      index.prefetch(keys.hashes, at, 8);
      if (questions[from + i].type.kind == KeyKind::id_cliente)
        index.prefetch(index.layout().fact_of_row, at, 4);
      else
        index.prefetch(keys.rows, at, 4);
    }
    for (std::size_t i = 0; i < some; ++i)
      answers[from + i] = state_->answer(questions[from + i].type.kind, hashes[i]);
  }
}

Quarantine Checker::quarantine(const Answer& answer) const {
  const auto& fact = state_->index->facts().at(answer.fact);
  const auto day = [](std::int32_t days) {
    return days == Fact::kNoDay ? std::nullopt : std::optional(Date(days));
  };
  return {state_->index->canais().at(fact.canal), day(fact.data_envio), day(fact.saida_prevista)};
}

const Index& Checker::index() const { return *state_->index; }
Date Checker::day() const { return state_->day; }

std::string reason_of(const Checker& checker, const Answer& answer) {
  if (answer.standing == Standing::free) return "in no quarantine that blocks";
  if (answer.standing == Standing::unknown) return std::string(reason_of(answer.why));
  const auto quarantine = checker.quarantine(answer);
  auto out = fmt::format("in quarantine in {} ", quarantine.canal);
  out += quarantine.saida_prevista ? fmt::format("until {}", quarantine.saida_prevista->iso())
                                   : std::string("until its source lets go");
  if (answer.whose == Whose::person)
    out += fmt::format(", as another contact with the same {}", name(answer.through));
  return out;
}

}  // namespace quarentena
