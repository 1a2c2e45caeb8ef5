#include "config/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "base/sha256.h"
#include "base/slashes.h"
#include "config/alerts_reader.h"
#include "config/auth.h"
#include "config/check.h"
#include "config/check_rules.h"
#include "config/document.h"
#include "config/location.h"
#include "config/schedule_reader.h"
#include "config/serve_reader.h"
#include "config/shown_lines.h"
#include "config/source.h"
#include "config/trust.h"

namespace quarentena {
namespace {

using yaml::Entry;
using yaml::Node;

constexpr const char* kNewFileHint = "create one with: quarentena init DIR";

const Node* text(const Node& map, std::string_view key) {
  const Node* node = map.find(key);
  return node != nullptr && node->kind == Node::Kind::text ? node : nullptr;
}

void add(std::vector<Problem>& problems, Position at, std::string message, std::string hint) {
  problems.push_back({at, std::move(message), std::move(hint), {}});
}

void read_timezone(const Node& root, Plan& plan, std::vector<Problem>& problems) {
  const Node* zone = text(root, "timezone");
  if (zone == nullptr) return;
  plan.timezone = zone->scalar;
  if (!known_time_zone(zone->scalar)) {
    add(problems, zone->at, fmt::format("unknown time zone {}", in_quotes(zone->scalar)),
        "write an IANA name such as America/Sao_Paulo, America/Manaus or UTC");
  }
}

void read_keeping(const Node& root, Plan& plan) {
  if (const auto days = integer(root, "keep_days")) plan.keep_days = static_cast<int>(*days);
}

void read_engine(const Node& root, Plan& plan, std::vector<Problem>& problems) {
  const Node* engine = root.find("engine");
  if (engine == nullptr || engine->kind != Node::Kind::map) return;
  if (const Node* cluster = text(*engine, "cluster"))
    plan.engine = {.kind = EngineChoice::Kind::spark, .cluster = cluster->scalar};
  if (const Node* warehouse = text(*engine, "warehouse"))
    plan.engine = {.kind = EngineChoice::Kind::spark,
                   .warehouse = warehouse->scalar.substr(warehouse->scalar.rfind('/') + 1)};
  const Node* spark = text(*engine, "spark");
  if (spark == nullptr) return;
  plan.engine = {.kind = EngineChoice::Kind::spark, .spark = spark->scalar};
  if (!spark->scalar.starts_with("sc://") || spark->scalar.size() == 5) {
    add(problems, spark->at, fmt::format("'spark' is not an address: {}", in_quotes(spark->scalar)),
        "write sc://host:15002");
  }
  const auto token = spark->scalar.find(";token=");
  if (token != std::string::npos && spark->scalar.substr(token + 7, 2) != "${")
    add(problems, spark->at, "the token in 'spark' is written out",
        "write a reference: ;token=${env:NAME}");
}

void read_catalog(const Node& root, const std::filesystem::path& folder, Plan& plan,
                  std::vector<Problem>& problems) {
  const Node* catalog = root.find("catalog");
  if (catalog == nullptr || catalog->kind != Node::Kind::map) return;
  if (const Node* create = catalog->find("create")) {
    plan.catalog.create = create->scalar.starts_with('t') || create->scalar.starts_with('T');
  }
  if (const Node* location = text(*catalog, "location")) {
    plan.catalog.location = read_address(*location, Place::catalog, folder, problems).value_or("");
  } else if (plan.catalog.create) {
    add(problems, catalog->find("create")->at, "'create' needs 'location'",
        "say where the files of a new table go: location: s3://bucket/quarentena_global");
  }
  if (const Node* auth = catalog->find("auth"); auth != nullptr && auth->kind == Node::Kind::map) {
    plan.catalog.auth = read_auth(*auth, folder, problems);
  }
  if (!plan.table.empty() && !plan.table.starts_with("uc://")) {
    add(problems, catalog->at, "'catalog' is for a table of Unity Catalog",
        "write table: uc://catalog.schema.quarentena_global, or take 'catalog' out");
  }
}

/// `table: s3://...` or `table: { location: s3://..., auth: ... }`; `staging` the same.
const Node* place_at(const Node& root, std::string_view key) {
  const Node* place = root.find(key);
  const bool is_map = place != nullptr && place->kind == Node::Kind::map;
  return is_map ? text(*place, "location") : text(root, key);
}

const Node* auth_at(const Node& root, std::string_view key) {
  const Node* place = root.find(key);
  if (place == nullptr || place->kind != Node::Kind::map) return nullptr;
  const Node* auth = place->find("auth");
  return auth != nullptr && auth->kind == Node::Kind::map ? auth : nullptr;
}

void read_place_auths(const Node& root, const std::filesystem::path& folder, Plan& plan,
                      std::vector<Problem>& problems) {
  if (const Node* auth = auth_at(root, "staging")) {
    plan.staging_auth = read_auth(*auth, folder, problems);
    if (plan.staging_remote.empty())
      add(problems, auth->at, "staging in a folder does not sign in", "take 'auth' out");
  }
  const Node* auth = auth_at(root, "table");
  if (auth == nullptr) return;
  plan.table_auth = read_auth(*auth, folder, problems);
  if (plan.table.starts_with("uc://")) {
    add(problems, auth->at, "a table of Unity Catalog does not sign in with the table's 'auth'",
        "write it as: catalog: { auth: ... }");
  } else if (!plan.table.empty() && !is_uri(plan.table)) {
    add(problems, auth->at, "a table in a folder does not sign in", "take 'auth' out");
  }
}

/// Where this machine works when `staging` is elsewhere: a folder of each such place's own.
std::string cache_of(const std::string& remote) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const std::filesystem::path base = cache != nullptr && *cache == '/'
                                         ? std::filesystem::path(cache)
                                         : std::filesystem::path(home ? home : "/tmp") / ".cache";
  Sha256 digest;
  digest.add(remote);
  return (base / "quarentena/staging" / digest.hex().substr(0, 12)).string();
}

void read_identity(const Node& root, Plan& plan, std::vector<Problem>& problems) {
  const Node* identity = root.find("identity");
  if (identity == nullptr || identity->kind != Node::Kind::map) return;
  const auto wanted = [&](std::string_view key) {
    const Node* node = identity->find(key);
    return node != nullptr && (node->scalar.starts_with('t') || node->scalar.starts_with('T'));
  };
  if (const Node* cpf = text(*identity, "cpf")) plan.identity.cpf = cpf->scalar;
  plan.identity.telefone = wanted("telefone");
  plan.identity.email = wanted("email");
  if (plan.identity.cpf.empty() && !plan.identity.telefone && !plan.identity.email) {
    add(problems, identity->at, "'identity' asks for no key",
        "write identity: { cpf: id_cliente, telefone: true, email: true }, or take it out");
  }
}

void read_places(const Node& root, const std::filesystem::path& folder, Plan& plan,
                 std::vector<Problem>& problems) {
  plan.table = (folder / "data/quarentena_global").lexically_normal().string();
  plan.staging = (folder / "data/staging").lexically_normal().string();
  const Node* table = place_at(root, "table");
  const Node* staging = place_at(root, "staging");
  if (table != nullptr) {
    plan.table = read_address(*table, Place::table, folder, problems).value_or("");
  }
  if (staging != nullptr) {
    plan.staging = read_address(*staging, Place::staging, folder, problems).value_or("");
  }
  if (is_uri(plan.staging)) {
    plan.staging_remote = plan.staging;
    plan.staging = cache_of(plan.staging_remote);
  }
  const std::string t = path_without_slash(plan.table);
  const std::string s =
      path_without_slash(plan.staging_remote.empty() ? plan.staging : plan.staging_remote);
  if (t.empty() || s.empty() || (t != s && !s.starts_with(t + "/"))) return;
  const Node* at = staging != nullptr ? staging : table;
  add(problems, at->at, "'staging' is inside 'table'",
      "keep them apart: a folder of a Delta table holds nothing else");
}

/// A canal's rows expire by one rule, whoever delivers them.
void check_periods(const std::vector<Source>& sources, std::vector<Problem>& problems) {
  const auto written = [](const Period& period) {
    return period.dias ? fmt::format("{}", *period.dias) : std::string("until_removed");
  };
  std::map<std::string, const Source*> firsts;
  for (const Source& source : sources) {
    if (source.canal.empty() || source.period.dias == kUnread) continue;
    const auto [found, fresh] = firsts.emplace(source.canal, &source);
    const Source& first = *found->second;
    if (first.period.dias == source.period.dias) continue;
    add(problems, source.position,
        fmt::format("sources {} and {} feed the canal {} with different 'dias': {} and {}",
                    in_quotes(first.name), in_quotes(source.name), in_quotes(source.canal),
                    written(first.period), written(source.period)),
        "a canal has one period: make them the same, or name another canal");
  }
}

/// The staging folder of a source is its name, and file systems may not tell `crm` from `CRM`.
void check_names(const std::vector<Source>& sources, std::vector<Problem>& problems) {
  std::map<std::string, const Source*> seen;
  for (const Source& source : sources) {
    std::string folded = source.name;
    for (char& c : folded) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const auto [first, fresh] = seen.emplace(folded, &source);
    if (fresh) continue;
    add(problems, source.position,
        fmt::format("the names {} and {} differ by case only", in_quotes(first->second->name),
                    in_quotes(source.name)),
        "give one of them another name");
  }
}

Plan build(const Node& root, const std::filesystem::path& file, std::vector<Problem>& problems) {
  Plan plan;
  plan.file = file;
  const std::filesystem::path folder = file.parent_path();
  read_timezone(root, plan, problems);
  read_engine(root, plan, problems);
  read_identity(root, plan, problems);
  read_places(root, folder, plan, problems);
  read_place_auths(root, folder, plan, problems);
  read_keeping(root, plan);
  read_catalog(root, folder, plan, problems);
  // For their problems: load_serve() and its like are for who serves, alerts, tells monitoring.
  read_alerts(root, folder, problems);
  read_telemetry(root, folder, problems);
  read_serve(root, folder, problems);
  if (const Node* sources = root.find("sources")) {
    for (const Entry& entry : sources->entries) {
      if (entry.value.kind == Node::Kind::map) {
        plan.sources.push_back(read_source(entry, folder, problems));
      }
    }
  }
  read_brakes(root, plan, problems);
  read_check_rules(root, plan, problems);
  check_names(plan.sources, problems);
  check_periods(plan.sources, problems);
  read_schedule(root, plan, problems);  // for its problems, as serve's
  return plan;
}

/// In the file's order; an alias may have brought the same problem twice.
void tidy(std::vector<Problem>& problems) {
  std::stable_sort(problems.begin(), problems.end(),
                   [](const Problem& a, const Problem& b) { return a.at < b.at; });
  const auto same = [](const Problem& a, const Problem& b) {
    return a.at == b.at && a.message == b.message;
  };
  problems.erase(std::unique(problems.begin(), problems.end(), same), problems.end());
}

tl::unexpected<Problems> refuse(const std::filesystem::path& file, std::vector<Problem> list) {
  tidy(list);
  return tl::unexpected<Problems>(Problems{file.string(), std::move(list)});
}

tl::unexpected<Problems> refuse_file(const std::filesystem::path& file, std::string message,
                                     std::string hint) {
  return refuse(file, {{{}, std::move(message), std::move(hint), {}}});
}

Position position_of(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, byte);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::string_view line = before.substr(before.rfind('\n') + 1);
  const auto characters = std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  });
  return {static_cast<int>(lines) + 1, static_cast<int>(characters) + 1};
}

/// Reads at most one byte too many, so that a huge or endless file costs nothing.
Result<std::string> read_text(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    return fail(ErrorKind::config, "this is a folder", "name the file: quarentena.yml in it");
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    if (errno == ENOENT) return fail(ErrorKind::missing, "there is no such file", kNewFileHint);
    return fail(ErrorKind::auth, fmt::format("cannot be opened: {}", std::strerror(errno)),
                "check the file's permissions");
  }
  std::string text(yaml::kMaxBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return fail(ErrorKind::machine, "cannot be read", "");
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

}  // namespace

PlanOrProblems read_plan(std::string_view text, const std::filesystem::path& file) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.size() > yaml::kMaxBytes) {
    return refuse_file(file, "the file is larger than 1 MiB", "is this the configuration?");
  }
  const std::size_t invalid = first_invalid_utf8(text);
  if (invalid != std::string_view::npos || text.find('\0') != std::string_view::npos) {
    const std::size_t at = std::min(invalid, text.find('\0'));
    return refuse(
        file, {{position_of(text, at), "this is not UTF-8 text", "save the file as UTF-8", {}}});
  }
  std::vector<Problem> problems;
  const auto root = yaml::parse(text, problems);
  std::error_code error;
  std::filesystem::path absolute = std::filesystem::absolute(file, error).lexically_normal();
  Plan plan;
  if (root) {
    check_keys(*root, problems);
    plan = build(*root, absolute, problems);
  }
  if (problems.empty()) return plan;
  show_lines(text, root ? &*root : nullptr, problems);
  return refuse(file, std::move(problems));
}

PlanOrProblems read_plan(const std::filesystem::path& file) {
  const auto text = read_text(file);
  if (!text) return refuse_file(file, text.error().what, text.error().hint);
  return read_plan(*text, file);
}

Result<Plan> load_plan(const std::filesystem::path& file) {
  const auto text = read_text(file);
  if (!text) {
    return fail(text.error().kind, fmt::format("{}: {}", file.string(), text.error().what),
                text.error().hint);
  }
  auto plan = read_plan(*text, file);
  if (plan) return std::move(*plan);
  const std::size_t count = plan.error().list.size();
  return fail(ErrorKind::config, format_problems(plan.error()),
              fmt::format("{} {} to correct; every key is explained in docs/configuration.md",
                          count, count == 1 ? "problem" : "problems"));
}

}  // namespace quarentena
