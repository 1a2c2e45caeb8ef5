#include "serve/check_answer.h"

#include <algorithm>

#include "base/event_line.h"

namespace quarentena::serve {
namespace {

/// Enough for the checker to ask memory ahead, few enough to let others have their turn.
constexpr std::size_t kKeysAtOnce = 1024;

void append_number(std::string& out, std::int64_t number) { out += std::to_string(number); }

void append_text(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

void append_day_or_null(std::string& out, const std::optional<Date>& day) {
  if (!day) {
    out += "null";
    return;
  }
  out += '"';
  append_day(out, *day);
  out += '"';
}

}  // namespace

/// Howard Hinnant's civil_from_days: ten characters for each blocked key are worth it.
void append_day(std::string& out, Date day) {
  const int z = day.days() + 719'468;
  const int era = (z >= 0 ? z : z - 146'096) / 146'097;
  const int day_of_era = z - era * 146'097;
  const int year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int month_from_march = (5 * day_of_year + 2) / 153;
  const int d = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const int m = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const int y = year_of_era + era * 400 + (m <= 2 ? 1 : 0);
  const auto digit = [](int number) { return static_cast<char>('0' + number % 10); };
  const std::array text = {digit(y / 1000), digit(y / 100), digit(y / 10), digit(y),      '-',
                           digit(m / 10),   digit(m),       '-',           digit(d / 10), digit(d)};
  out.append(text.data(), text.size());
}

CheckAnswer::CheckAnswer(CheckQuestion question, CheckDesk desk, BodyForm form)
    : question_(std::move(question)), desk_(std::move(desk)), form_(form) {}

bool CheckAnswer::next(std::string& out) {
  if (at_ == 0) write_head(out);
  write_some(out);
  if (at_ < question_.keys.size()) return true;
  write_tail(out);
  return false;
}

void CheckAnswer::write_head(std::string& out) const {
  if (desk_.index) {
    out += R"({"table_version":)";
    append_number(out, desk_.index->info().version);
    out += R"(,"data_carga":")";
    append_day(out, desk_.index->info().data_carga);
    out += R"(","day":")";
  } else {
    out += R"({"table_version":null,"data_carga":null,"day":")";
  }
  append_day(out, desk_.day);
  out += R"(","canal":)";
  if (question_.campaign.canal.empty())
    out += "null";
  else
    append_text(out, question_.campaign.canal);
  out += form_ == BodyForm::json ? R"(,"results":[)" : "}\n";
}

void CheckAnswer::write_tail(std::string& out) const {
  out += form_ == BodyForm::json ? R"(],"counts":{)" : R"({"counts":{)";
  for (const Standing standing : {Standing::free, Standing::blocked, Standing::unknown}) {
    out += standing == Standing::free ? "\"" : ",\"";
    out += name(standing);
    out += "\":";
    append_number(out, static_cast<std::int64_t>(counts_[static_cast<std::size_t>(standing)]));
  }
  out += "}}\n";
}

void CheckAnswer::write_some(std::string& out) {
  const std::size_t count = std::min(kKeysAtOnce, question_.keys.size() - at_);
  const std::string_view* keys = question_.keys.data() + at_;
  answers_.assign(count, Answer{Standing::unknown, desk_.why, Whose::own, question_.type.kind, 0});
  if (desk_.checker) {
    asked_.resize(count);
    for (std::size_t i = 0; i < count; ++i) asked_[i] = {question_.type, keys[i]};
    desk_.checker->ask(asked_.data(), count, answers_.data());
  }
  for (std::size_t i = 0; i < count; ++i) {
    ++counts_[static_cast<std::size_t>(answers_[i].standing)];
    if (question_.shown == Shown::not_free && answers_[i].standing == Standing::free) continue;
    write_answer(out, keys[i], answers_[i]);
  }
  at_ += count;
}

void CheckAnswer::write_answer(std::string& out, std::string_view key, const Answer& answer) {
  if (form_ == BodyForm::json && !first_) out += ',';
  first_ = false;
  out += R"({"key":")";
  append_escaped(out, key);
  switch (answer.standing) {
    case Standing::free:
      out += R"(","standing":"free"})";
      break;
    case Standing::unknown:
      out += R"(","standing":"unknown","why":")";
      out += name(answer.why);
      out += "\"}";
      break;
    case Standing::blocked: {
      const Quarantine quarantine = desk_.checker->quarantine(answer);
      out += R"(","standing":"blocked","canal":)";
      append_text(out, quarantine.canal);
      out += R"(,"data_envio":)";
      append_day_or_null(out, quarantine.data_envio);
      out += R"(,"saida_prevista":)";
      append_day_or_null(out, quarantine.saida_prevista);
      out += R"(,"free_from":)";
      append_day_or_null(out, quarantine.free_from());
      out += R"(,"through":")";
      out += name(answer.through);
      out += answer.whose == Whose::own ? R"(","whose":"own"})" : R"(","whose":"person"})";
      break;
    }
  }
  if (form_ == BodyForm::ndjson) out += '\n';
}

}  // namespace quarentena::serve
