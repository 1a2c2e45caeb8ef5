#include "run/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "base/sha256.h"
#include "base/version.h"

namespace quarentena {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;
constexpr const char* kSchema = "quarentena/run_results/1";
constexpr RunStatus kStatuses[] = {RunStatus::published, RunStatus::unchanged, RunStatus::dry_run,
                                   RunStatus::held,      RunStatus::failed,    RunStatus::running,
                                   RunStatus::killed};

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? std::string(name) : std::string();
}

Json json_of(const Account& a) {
  return {{"read", a.read},        {"quarantined", a.quarantined}, {"expired", a.expired},
          {"future", a.future},    {"filtered", a.filtered},       {"duplicate", a.duplicate},
          {"rejected", a.rejected}};
}

Json json_of(const Lapse& lapse) {
  return {{"started_at", utc_iso(lapse.started_ms)}, {"took_ms", lapse.took_ms}};
}

Json json_of(const std::optional<Lapse>& lapse) { return lapse ? json_of(*lapse) : Json(); }

std::int64_t moment_of(const Json& j, const char* key) {
  if (!j.contains(key) || !j[key].is_string()) return 0;
  return parse_timestamp_ms(j[key].get<std::string>(), "UTC").value_or(0);
}

std::optional<Lapse> lapse_from(const Json& j, const char* key) {
  if (!j.contains(key) || !j[key].is_object()) return std::nullopt;
  return Lapse{moment_of(j[key], "started_at"), j[key].value("took_ms", std::int64_t{0})};
}

std::optional<std::int64_t> count_or_nothing(const Json& j, const char* key) {
  if (!j.contains(key) || !j[key].is_number()) return std::nullopt;
  return j[key].get<std::int64_t>();
}

Account account_from(const Json& j) {
  const auto count = [&](const char* key) { return j.value(key, std::int64_t{0}); };
  return {count("read"),     count("quarantined"), count("expired"), count("future"),
          count("filtered"), count("duplicate"),   count("rejected")};
}

Json json_of(const SourceReport& source) {
  Json files = Json::array();
  for (const auto& file : source.files)
    files.push_back({{"path", file.path.string()},
                     {"size_bytes", file.size_bytes},
                     {"modified_at", utc_iso(file.modified_ms)},
                     {"sha256", file.sha256}});
  return {{"name", source.name},
          {"canal", source.canal},
          {"location", source.location},
          {"files", files},
          {"delta_version", or_null(source.delta_version)},
          {"digest", source.digest},
          {"status", name(source.came)},
          {"decision", name(source.decision)},
          {"reason", source.reason},
          {"hint", source.hint},
          {"in_force_since", source.in_force_since ? Json(source.in_force_since->iso()) : Json()},
          {"counts", source.account ? json_of(*source.account) : Json()},
          {"warnings", source.warnings},
          {"fetch", json_of(source.fetched)},
          {"load", json_of(source.loaded)}};
}

SourceReport source_from(const Json& j) {
  SourceReport source;
  source.name = j.value("name", "");
  source.canal = j.value("canal", "");
  source.location = j.value("location", "");
  source.digest = j.value("digest", "");
  for (const auto& file : j.value("files", Json::array())) {
    DeliveredFile out{file.value("path", ""), file.value("size_bytes", std::int64_t{0}), 0,
                      file.value("sha256", "")};
    if (const auto at = parse_timestamp_ms(file.value("modified_at", ""), "UTC"))
      out.modified_ms = *at;
    source.files.push_back(std::move(out));
  }
  if (j.contains("delta_version") && j["delta_version"].is_number())
    source.delta_version = j["delta_version"];
  if (j.contains("counts") && j["counts"].is_object()) source.account = account_from(j["counts"]);
  source.came = source_status(j.value("status", "")).value_or(SourceStatus::received);
  source.decision = decision(j.value("decision", "")).value_or(Decision::accepted);
  source.reason = j.value("reason", "");
  source.hint = j.value("hint", "");
  if (j.contains("in_force_since") && j["in_force_since"].is_string())
    if (const auto day = Date::parse_iso(j["in_force_since"].get<std::string>()))
      source.in_force_since = *day;
  source.warnings = j.value("warnings", std::vector<std::string>{});
  source.fetched = lapse_from(j, "fetch");
  source.loaded = lapse_from(j, "load");
  return source;
}

}  // namespace

const char* name(RunStatus status) {
  switch (status) {
    case RunStatus::published:
      return "published";
    case RunStatus::unchanged:
      return "unchanged";
    case RunStatus::dry_run:
      return "dry_run";
    case RunStatus::held:
      return "held";
    case RunStatus::failed:
      return "failed";
    case RunStatus::running:
      return "running";
    case RunStatus::killed:
      return "killed";
  }
  return "failed";
}

bool RunReport::degraded() const {
  return std::any_of(sources.begin(), sources.end(), [](const auto& source) {
    return source.decision == Decision::carried || source.decision == Decision::skipped;
  });
}

int RunReport::exit_code() const {
  if (error) return quarentena::exit_code(error->kind);
  if (status == RunStatus::held) return 4;
  return degraded() ? 3 : 0;
}

Account RunReport::totals() const {
  Account total;
  for (const auto& source : sources)
    if (source.account) total += *source.account;
  return total;
}

std::string new_run_id(std::int64_t now_ms) {
  const auto iso = utc_iso(now_ms);
  std::string id;
  for (const char c : iso.substr(0, 19))
    if (c != '-' && c != ':') id += c;
  return fmt::format("{}Z-{:06x}", id, std::random_device{}() & 0xffffff);
}

RunReport begun_report(const Plan& plan, Date data_carga) {
  RunReport report;
  report.started_ms = now_ms();
  report.run_id = new_run_id(report.started_ms);
  report.status = RunStatus::running;
  report.data_carga = data_carga;
  report.host = host_name();
  report.program = kVersion;
  report.engine = plan.engine.kind == EngineChoice::Kind::spark ? "spark" : "duckdb";
  report.config = plan.file.string();
  report.config_digest = sha256_of_file(plan.file).value_or("");
  report.table = plan.table;
  return report;
}

std::string to_json(const RunReport& report, Layout layout) {
  const bool ended = report.status != RunStatus::running && report.status != RunStatus::killed;
  Json sources = Json::array(), canais = Json::array(), steps = Json::array();
  for (const auto& source : report.sources) sources.push_back(json_of(source));
  for (const auto& canal : report.canais)
    canais.push_back({{"canal", canal.canal},
                      {"rows", canal.rows},
                      {"entered", or_null(canal.entered)},
                      {"left", or_null(canal.left)}});
  for (const auto& step : report.steps) {
    Json lapse = json_of(step.lapse);
    steps.push_back({{"name", step.name}});
    steps.back().update(lapse);
  }
  Json held = Json::array();
  for (const auto& canal : report.held)
    held.push_back({{"canal", canal.canal},
                    {"releases", canal.releases},
                    {"in_quarantine", canal.in_quarantine},
                    {"allowed", canal.allowed}});
  Json error;
  if (report.error)
    error = {{"kind", name(report.error->kind)},
             {"what", report.error->what},
             {"hint", report.error->hint}};
  const Json out = {{"schema", kSchema},
                    {"run_id", report.run_id},
                    {"status", name(report.status)},
                    {"exit_code", ended ? Json(report.exit_code()) : Json()},
                    {"data_carga", report.data_carga.iso()},
                    {"started_at", utc_iso(report.started_ms)},
                    {"finished_at", ended ? Json(utc_iso(report.finished_ms)) : Json()},
                    {"duration_ms", ended ? Json(report.took_ms()) : Json()},
                    {"host", report.host},
                    {"program", report.program},
                    {"engine", report.engine},
                    {"config", report.config},
                    {"config_digest", report.config_digest},
                    {"table", report.table},
                    {"version", or_null(report.version)},
                    {"counts", json_of(report.totals())},
                    {"sources", sources},
                    {"canais", canais},
                    {"steps", steps},
                    {"rejects", report.rejects.empty() ? Json() : Json(report.rejects)},
                    {"held", held},
                    {"releases", report.releases.empty() ? Json() : Json(report.releases)},
                    {"error", error}};
  return out.dump(layout == Layout::pretty ? 2 : -1, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

Result<RunReport> report_from_json(const std::string& text) {
  const auto bad = [] { return fail(ErrorKind::data, "not a run_results.json of this program"); };
  try {
    const auto j = Json::parse(text);
    if (j.value("schema", "") != kSchema) return bad();
    RunReport report;
    report.run_id = j.at("run_id");
    for (const auto status : kStatuses)
      if (j.at("status") == name(status)) report.status = status;
    const auto day = Date::parse_iso(j.at("data_carga").get<std::string>());
    if (!day) return bad();
    report.data_carga = *day;
    TRY_ASSIGN(report.started_ms, parse_timestamp_ms(j.at("started_at").get<std::string>(), "UTC"));
    report.finished_ms = moment_of(j, "finished_at");
    report.host = j.value("host", "");
    report.program = j.value("program", "");
    report.engine = j.value("engine", "");
    report.config_digest = j.value("config_digest", "");
    report.config = j.value("config", "");
    report.table = j.value("table", "");
    if (j.at("version").is_number()) report.version = j["version"];
    for (const auto& source : j.at("sources")) report.sources.push_back(source_from(source));
    for (const auto& canal : j.value("canais", Json::array()))
      report.canais.push_back({canal.value("canal", ""), canal.value("rows", std::int64_t{0}),
                               count_or_nothing(canal, "entered"),
                               count_or_nothing(canal, "left")});
    for (const auto& step : j.value("steps", Json::array()))
      report.steps.push_back(
          {step.value("name", ""),
           {moment_of(step, "started_at"), step.value("took_ms", std::int64_t{0})}});
    if (j.at("rejects").is_string()) report.rejects = j["rejects"];
    for (const auto& canal : j.value("held", Json::array()))
      report.held.push_back({canal.value("canal", ""),
                             canal.value("releases", std::int64_t{0}),
                             canal.value("in_quarantine", std::int64_t{0}),
                             canal.value("allowed", std::int64_t{0}),
                             {}});
    if (j.contains("releases") && j["releases"].is_string()) report.releases = j["releases"];
    if (const auto& error = j.at("error"); error.is_object()) {
      report.error = Error{ErrorKind::bug, error.value("what", ""), error.value("hint", "")};
      for (int kind = 0; kind <= static_cast<int>(ErrorKind::bug); ++kind)
        if (error.value("kind", "") == name(static_cast<ErrorKind>(kind)))
          report.error->kind = static_cast<ErrorKind>(kind);
    }
    return report;
  } catch (const Json::exception&) {
    return bad();
  }
}

Status save_report(const fs::path& staging, const RunReport& report) {
  const auto folder = staging / "runs" / report.run_id;
  const auto file = folder / "run_results.json";
  const auto draft = folder / "run_results.json.tmp";
  std::error_code error;
  fs::create_directories(folder, error);
  std::ofstream out(draft, std::ios::binary);
  out << to_json(report);
  out.close();
  if (out) fs::rename(draft, file, error);
  if (!out || error)
    return fail(ErrorKind::machine, fmt::format("cannot write {}", file.string()),
                "is `staging` writable, and is there room on its disk?");
  return {};
}

Result<RunReport> read_report(const fs::path& staging, const std::string& run_id) {
  const auto file = staging / "runs" / run_id / "run_results.json";
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorKind::missing, fmt::format("there is no {}", file.string()));
  std::stringstream text;
  text << in.rdbuf();
  return report_from_json(text.str());
}

std::vector<std::string> run_folders(const fs::path& staging) {
  std::vector<std::string> out;
  std::error_code error;
  for (fs::directory_iterator entry(staging / "runs", error), end; !error && entry != end;
       entry.increment(error))
    out.push_back(entry->path().filename().string());
  std::sort(out.rbegin(), out.rend());
  return out;
}

}  // namespace quarentena
