#include "run/source_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "run/open_engine.h"

namespace quarentena {
namespace {

enum Step : std::size_t { kReach, kSignIn, kFind, kRead, kColumns };
constexpr std::array<const char*, 5> kNames = {"reach", "sign in", "find", "read", "columns"};

/// The step at which a fetch that ended in this kind of error stood. A transport has one error to
/// give, and its kind says how far it came.
Step step_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::auth:
      return kSignIn;
    case ErrorKind::missing:
      return kFind;
    case ErrorKind::data:
      return kRead;
    default:
      return kReach;
  }
}

SourceCheck new_check(const Source& source) {
  SourceCheck check;
  check.source = source.name;
  for (const auto* name : kNames)
    check.steps.push_back({name, CheckStep::Outcome::not_reached, {}, {}});
  return check;
}

void pass(SourceCheck& check, Step step, const std::string& detail) {
  for (std::size_t i = 0; i <= step; ++i) check.steps[i].outcome = CheckStep::Outcome::passed;
  check.steps[step].detail = detail;
}

void fail_at(SourceCheck& check, Step step, const Error& error) {
  for (std::size_t i = 0; i < step; ++i) check.steps[i].outcome = CheckStep::Outcome::passed;
  check.steps[step] = {kNames[step], CheckStep::Outcome::failed, error.what, error.hint};
  check.error = error;
}

std::string found_in(const Delivery& delivery) {
  if (delivery.delta)
    return fmt::format("Delta table at version {}, {} data files", delivery.delta->version,
                       delivery.delta->files.size());
  const auto count = delivery.files.size();
  return fmt::format("{} file{}", count, count == 1 ? "" : "s");
}

std::optional<Delivery> bring(SourceCheck& check, const Plan& plan, const Source& source,
                              const RunOptions& options) {
  auto delivery = fetch(source, fetch_context(plan, source, options));
  if (!delivery) {
    // A fetch alone shows no step beyond `find`: there stands what it could not use.
    const auto last = static_cast<Step>(check.steps.size() - 1);
    fail_at(check, std::min(step_of(delivery.error().kind), last), delivery.error());
    return std::nullopt;
  }
  pass(check, kFind, found_in(*delivery));
  check.files = delivery->files;
  return std::move(*delivery);
}

Status match_columns(const Plan& plan, const Source& source, const Delivery& delivery,
                     const RunOptions& options) {
  TRY_ASSIGN(const auto engine, open_engine(plan, {.stop = options.stop}));
  const SourceLoad input{&source, &delivery, nullptr, options.data_carga, source.period, {}};
  const CanalLoad load{.canal = source.canal,
                       .sources = {input},
                       .data_carga = options.data_carga,
                       .timezone = plan.timezone,
                       .folder = {}};
  TRY_ASSIGN([[maybe_unused]] const auto sql, engine->query_of(load));
  return {};
}

}  // namespace

FetchContext fetch_context(const Plan& plan, const Source& source, const RunOptions& options) {
  return {options.data_carga, plan.timezone,
          std::filesystem::path(plan.staging) / "inbox" / source.name, options.stop};
}

SourceCheck fetch_source(const Plan& plan, const Source& source, const RunOptions& options) {
  auto check = new_check(source);
  check.steps.resize(kFind + 1);
  bring(check, plan, source, options);
  return check;
}

SourceCheck check_source(const Plan& plan, const Source& source, const RunOptions& options) {
  auto check = new_check(source);
  const auto delivery = bring(check, plan, source, options);
  if (!delivery) return check;
  const auto matched = match_columns(plan, source, *delivery, options);
  if (matched) {
    pass(check, kColumns, "every mapped column is there, and `where` reads what is there");
    return check;
  }
  // A file that is not what `format` says fails before its columns can be looked at.
  const bool unreadable = matched.error().kind == ErrorKind::data &&
                          matched.error().what.find("column") == std::string::npos;
  fail_at(check, unreadable ? kRead : kColumns, matched.error());
  return check;
}

}  // namespace quarentena
