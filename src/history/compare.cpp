#include "history/compare.h"

#include <fmt/format.h>

#include <algorithm>

namespace quarentena {
namespace {

using Of = RunDifference::Of;

/// What of one run can be compared, by a key that both have: its place keeps the run's order.
class Facts {
 public:
  void add(Of of, std::string what, std::string value) {
    facts_.push_back({of, std::move(what), std::move(value), {}});
  }
  void add(Of of, std::string what, std::int64_t value) {
    add(of, std::move(what), std::to_string(value));
  }
  void add(Of of, std::string what, const std::optional<std::int64_t>& value) {
    if (value) add(of, std::move(what), *value);
  }
  const std::vector<RunDifference>& all() const { return facts_; }

 private:
  std::vector<RunDifference> facts_;
};

void add_source(Facts& facts, const SourceReport& source) {
  const auto of = [&](const char* what) { return fmt::format("{}: {}", source.name, what); };
  facts.add(Of::input, of("decision"),
            fmt::format("{}, {}", name(source.came), name(source.decision)));
  facts.add(Of::input, of("digest"), source.digest.substr(0, 16));
  facts.add(Of::input, of("files"), static_cast<std::int64_t>(source.files.size()));
  std::int64_t bytes = 0;
  for (const auto& file : source.files) bytes += file.size_bytes;
  facts.add(Of::input, of("bytes"), bytes);
  facts.add(Of::input, of("Delta version"), source.delta_version);
  if (source.in_force_since)
    facts.add(Of::input, of("in force since"), source.in_force_since->iso());
  if (!source.account) return;
  const auto& account = *source.account;
  facts.add(Of::count, of("read"), account.read);
  facts.add(Of::count, of("quarantined"), account.quarantined);
  facts.add(Of::count, of("expired"), account.expired);
  facts.add(Of::count, of("future"), account.future);
  facts.add(Of::count, of("filtered"), account.filtered);
  facts.add(Of::count, of("duplicate"), account.duplicate);
  facts.add(Of::count, of("rejected"), account.rejected);
}

Facts facts_of(const RunReport& run) {
  Facts facts;
  facts.add(Of::version, "status", name(run.status));
  facts.add(Of::version, "data_carga", run.data_carga.iso());
  facts.add(Of::version, "table version", run.version);
  facts.add(Of::version, "program", run.program);
  facts.add(Of::version, "engine", run.engine);
  facts.add(Of::version, "host", run.host);
  facts.add(Of::version, "config", run.config);
  facts.add(Of::version, "config digest", run.config_digest.substr(0, 16));
  if (run.error) facts.add(Of::version, "error", run.error->what);
  for (const auto& source : run.sources) add_source(facts, source);
  for (const auto& canal : run.canais) {
    facts.add(Of::count, fmt::format("canal {}: rows", canal.canal), canal.rows);
    facts.add(Of::count, fmt::format("canal {}: entered", canal.canal), canal.entered);
    facts.add(Of::count, fmt::format("canal {}: left", canal.canal), canal.left);
  }
  for (const auto& step : run.steps)
    facts.add(Of::time, fmt::format("step {}, ms", step.name), step.lapse.took_ms);
  facts.add(Of::time, "whole run, ms", run.took_ms());
  return facts;
}

}  // namespace

const char* name(RunDifference::Of of) {
  switch (of) {
    case Of::version:
      return "version";
    case Of::input:
      return "input";
    case Of::count:
      return "count";
    case Of::time:
      break;
  }
  return "time";
}

std::vector<RunDifference> differences(const RunReport& a, const RunReport& b) {
  const Facts of_a = facts_of(a), of_b = facts_of(b);
  std::vector<RunDifference> out;
  for (const auto& fact : of_a.all()) out.push_back({fact.of, fact.what, fact.a, {}});
  for (const auto& fact : of_b.all()) {
    const auto found = std::find_if(out.begin(), out.end(), [&](const auto& one) {
      return one.of == fact.of && one.what == fact.what;
    });
    if (found != out.end())
      found->b = fact.a;
    else
      out.push_back({fact.of, fact.what, {}, fact.a});
  }
  std::erase_if(out, [](const auto& one) { return one.a == one.b; });
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& x, const auto& y) { return x.of < y.of; });
  return out;
}

}  // namespace quarentena
