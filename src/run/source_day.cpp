#include "run/source_day.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace quarentena {
bool ends_in_newline(const Delivery& delivery, const Format& format) {
  const bool lines =
      std::holds_alternative<CsvOptions>(format) || std::holds_alternative<JsonOptions>(format);
  return lines && std::all_of(delivery.files.begin(), delivery.files.end(), [](const auto& file) {
           std::ifstream in(file.path, std::ios::binary);
           in.seekg(-1, std::ios::end);
           return in.get() == '\n';
         });
}

std::string files_text(const Source& source, const Delivery& delivery) {
  const bool closed = ends_in_newline(delivery, source.format);
  auto files = nlohmann::ordered_json::array();
  for (const auto& file : delivery.files) {
    if (delivery.delta) break;  // those are ours
    files.push_back({{"name", file.path.filename().string()},
                     {"size_bytes", file.size_bytes},
                     {"modified_at", utc_iso(file.modified_ms)},
                     {"sha256", file.sha256}});
  }
  if (delivery.delta)
    files.push_back({{"name", "_delta_log"}, {"delta_version", delivery.delta->version}});
  if (closed)
    for (auto& file : files) file["ends_in_newline"] = true;
  return files.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void SourceDay::not_asked() {
  verdict = {SourceStatus::carried, false, "it was not asked in this run", {}};
  decision = Decision::carried;
}

void SourceDay::never_asked() {
  not_asked();
  verdict.reason += ", and nothing of it was ever accepted";
  decision = Decision::skipped;
}

Status SourceDay::decide(Verdict made) {
  verdict = std::move(made);
  if (verdict.accepted) {
    decision = Decision::accepted;
    return {};
  }
  const auto on_failure = verdict.on_failure.value_or(source->acceptance.on_failure);
  if (on_failure == Acceptance::OnFailure::skip) {
    decision = Decision::skipped;
    return {};
  }
  // Of events whose last contacts have left, the last accepted state is that nobody is held.
  if (on_failure == Acceptance::OnFailure::carry && memory.last != nullptr) {
    decision = Decision::carried;
    return {};
  }
  if (on_failure == Acceptance::OnFailure::carry && !error) {
    // Nobody can be released who was never held.
    decision = Decision::accepted;
    verdict.warnings.push_back(verdict.reason + "; taken, as there is no earlier state to keep");
    return {};
  }
  decision = Decision::failed;
  if (error) return tl::unexpected<Error>(*error);
  return fail(
      ErrorKind::data,
      fmt::format("source '{}': {}: {}", source->name, name(verdict.status), verdict.reason),
      verdict.on_failure
          ? "the expectation's `on_failure: hold` would keep the last accepted state instead"
          : "`on_failure: fail` ends the run here; `carry` would keep the last accepted state");
}

bool SourceDay::read_as_then() {
  if (as_then_) return false;
  as_then_ = source_then || std::any_of(opened_.begin(), opened_.end(), [](const auto& opened) {
               return opened.second.then.has_value();
             });
  return as_then_;
}

Result<const SourceDay::Opened*> SourceDay::kept_delivery(const InForce& in_force,
                                                          const KeptDeliveries& kept,
                                                          const FetchContext& context) {
  auto found = opened_.find(in_force.id);
  if (found == opened_.end()) {
    auto opened = kept.open(*source, in_force.id, context);
    if (!opened) {
      auto problem = std::move(opened.error());
      problem.what = fmt::format("source '{}': its state of {} cannot be kept in force: {}",
                                 source->name, in_force.since.iso(), problem.what);
      return tl::unexpected<Error>(std::move(problem));
    }
    Opened one{std::move(*opened), kept.source_then(*source, in_force.id)};
    found = opened_.emplace(in_force.id, std::move(one)).first;
  }
  return &found->second;
}

Result<std::vector<SourceLoad>> SourceDay::inputs(Date day, const KeptDeliveries& kept,
                                                  const FetchContext& context) {
  std::vector<SourceLoad> out;
  const auto add = [&](const Source* by, const Delivery& of, Date as_of, SourceProgress* to) {
    for (const auto& [period, sent] : memory.periods)
      out.push_back({by, &of, to, as_of, period, sent});
  };
  if (decision == Decision::skipped) return out;
  const bool accepted = decision == Decision::accepted;
  if (accepted && delivery) add(read_by(source_then), *delivery, day, &progress);
  for (const auto& in_force : accepted ? memory.earlier : memory.carried) {
    if (accepted && in_force.id == id) continue;
    TRY_ASSIGN(const auto* opened, kept_delivery(in_force, kept, context));
    add(read_by(opened->then), opened->delivery, in_force.since, nullptr);
  }
  for (const auto* rows : late)
    for (const auto& [period, sent] : memory.periods)
      out.push_back({&rows->as, &rows->delivery, nullptr, day, period, sent});
  return out;
}

Source standard_columns(const Source& source) {
  Source out;
  out.name = source.name;
  out.canal = source.canal;
  out.format = ParquetOptions{};
  out.period = source.period;
  return out;
}

Source late_rows_of(const Source& source) {
  auto out = standard_columns(source);
  out.name += ".late";
  return out;
}

LedgerRow SourceDay::row(Date day, const std::string& location) const {
  LedgerRow row;
  row.data_carga = day;
  row.source = source->name;
  row.canal = source->canal;
  // The run ended before it was asked, or because it could not be.
  const bool nothing_came = decision == Decision::accepted && !delivery;
  row.status = nothing_came ? SourceStatus::failed : verdict.status;
  row.decision = decision;
  row.reason = verdict.reason;
  row.expected = expected_of(*source, memory);
  row.location = location;
  if (delivery) {
    row.files = files_text(*source, *delivery);
    row.digest = delivery->digest;
    row.size_bytes = delivery->size_bytes;
    row.modified_ms = delivery->modified_ms();
  }
  if (loaded) {
    row.rows_read = loaded->account.read;
    row.rows_counted = loaded->account.read - loaded->account.filtered;
    row.rows_rejected = loaded->account.rejected;
    row.newest_data_envio = loaded->newest;
    row.columns = columns_text(loaded->columns);
  }
  if (decision == Decision::accepted) {
    row.in_force = id;
    row.in_force_since = day;
  } else if (decision == Decision::carried && !memory.carried.empty()) {
    row.in_force = memory.carried.front().id;
    row.in_force_since = memory.carried.front().since;
  }
  for (const auto* rows : late) row.late_rows = KeptDeliveries::id_of(rows->as, rows->delivery);
  row.rows_quarantined = quarantined;
  row.dias = source->period.dias;
  return row;
}

LedgerRow SourceDay::row_again(LedgerRow row, bool read) const {
  auto again = *then;
  again.in_force = row.in_force;
  again.in_force_since = row.in_force_since;
  again.dias = row.dias;
  again.late_rows = row.late_rows;
  if (!read) return again;
  again.rows_quarantined = row.rows_quarantined;
  if (!loaded) return again;
  again.rows_read = row.rows_read;
  again.rows_counted = row.rows_counted;
  again.rows_rejected = row.rows_rejected;
  again.newest_data_envio = row.newest_data_envio;
  return again;
}

Result<ExpectationsMet> expectations_of(Engine& engine, const CanalLoad& load,
                                        const SourceDay& day) {
  ExpectationsMet out;
  const auto& all = day.source->acceptance.expectations;
  if (all.empty()) return out;
  auto alone = load;
  std::erase_if(alone.sources, [&](const auto& i) { return i.delivery != &*day.delivery; });
  for (auto& input : alone.sources) input.progress = nullptr;
  std::vector<std::string> conditions;
  for (const auto& one : all) conditions.push_back(fmt::format("coalesce(({}), false)", one.sql));
  auto answer = engine.ask(alone, fmt::format("SELECT {} FROM rows WHERE status <> 'filtered'",
                                              fmt::join(conditions, ", ")));
  if (!answer) {
    if (answer.error().kind != ErrorKind::config) return fail_with(std::move(answer));
    return fail(ErrorKind::config,
                fmt::format("source '{}': an expectation is not SQL over its rows: {}",
                            day.source->name, answer.error().what),
                "columns: id_cliente, email, telefone, assunto, data_envio, status");
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (answer->at(0).at(i) == "true") continue;
    const auto text = fmt::format("{} ({})", all[i].name, all[i].sql);
    switch (all[i].severity) {
      case Expectation::Severity::warn:
        out.warnings.push_back("it does not meet: " + text);
        break;
      case Expectation::Severity::hold:
        out.broken.push_back(text);
        break;
      case Expectation::Severity::fail:
        out.broken.push_back(text);
        out.on_failure = Acceptance::OnFailure::fail;
        break;
    }
  }
  return out;
}

Result<KeptDeliveries> open_kept_deliveries(const Plan& plan, StopFlag stop) {
  if (plan.staging_remote.empty()) return KeptDeliveries(plan.staging);
  TRY_ASSIGN(auto remote, open_remote_folder(plan.staging_remote, plan.staging_auth, stop));
  return KeptDeliveries(plan.staging, std::move(remote));
}

}  // namespace quarentena
