#include "serve/tokens.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/serving.h"
#include "cli/table_text.h"
#include "config/serve.h"

namespace quarentena::cli {
namespace {

using serve::Token;
using Json = nlohmann::ordered_json;

struct Options {
  std::string config;
  std::string name;
  std::vector<std::string> scopes;
  std::vector<std::string> canais;
  std::string expires;
  std::int64_t keys_per_second = 0;
  std::int64_t keys_at_once = 0;
  std::string id;
  bool json = false;
};

constexpr const char* kExamples =
    "A token is shown once, when it is made: the file keeps its digest only. A running service "
    "sees\n"
    "a new or revoked token within a second.\n"
    "\n"
    "Examples:\n"
    "  quarentena tokens create --name campanhas --scope check --canal Marketing --expires 90d\n"
    "  TOKEN=$(quarentena tokens create --name painel --scope status)\n"
    "  quarentena tokens create --name ana --scope read --scope check --scope explain    for the page\n"
    "  quarentena tokens list\n"
    "  quarentena tokens revoke 0f3a5c7e9b1d\n";

/// `90d`, `12h`, or a day: its end in the time zone.
Result<std::int64_t> expiry(const std::string& text, const std::string& timezone) {
  std::int64_t amount = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  const std::string_view unit(stop, static_cast<std::size_t>(text.data() + text.size() - stop));
  if (error == std::errc{} && amount > 0 && amount < 100'000 && (unit == "d" || unit == "h"))
    return now_ms() + amount * 3'600'000 * (unit == "d" ? 24 : 1);
  if (const auto day = Date::parse_iso(text))
    return parse_timestamp_ms(Date(day->days() + 1).iso(), timezone);
  return fail(ErrorKind::config, fmt::format("'{}' is no time to expire at", text),
              "write 90d, 12h, or the last day: 2025-12-31");
}

Result<Token> wanted(const Options& options, const Plan& plan) {
  Token token;
  token.name = options.name;
  for (const std::string& text : options.scopes) token.scopes.push_back(*serve::scope_named(text));
  token.canais = options.canais;
  token.keys.per_second = options.keys_per_second;
  // A minute's worth: what a campaign asks for comes in bursts.
  token.keys.at_once =
      options.keys_at_once > 0 ? options.keys_at_once : options.keys_per_second * 60;
  if (!options.expires.empty()) {
    TRY_ASSIGN(token.expires_ms, expiry(options.expires, plan.timezone));
    if (*token.expires_ms <= now_ms())
      return fail(ErrorKind::config, fmt::format("'{}' is over already", options.expires),
                  "a token must live for a while");
  }
  return token;
}

Status create(const Options& options) {
  TRY_ASSIGN(const Plan plan, plan_in(options.config));
  TRY_ASSIGN(const Serve settings, load_serve(plan.file));
  TRY_ASSIGN(const Token token, wanted(options, plan));
  TRY_ASSIGN(const auto created, serve::create_token(settings.tokens, token));
  print_err("token {} ({}) for: {}; it is shown this once\n", created.token.id, created.token.name,
            fmt::join(options.scopes, ", "));
  write_out(created.text.reveal() + "\n");
  return {};
}

std::string state_of(const Token& token) {
  if (token.revoked_ms) return "revoked";
  return token.expires_ms && *token.expires_ms <= now_ms() ? "expired" : "active";
}

std::vector<std::string> scope_names(const Token& token) {
  std::vector<std::string> names;
  for (const auto scope : token.scopes) names.emplace_back(serve::name(scope));
  return names;
}

std::string time_text(const std::optional<std::int64_t>& ms) {
  return ms ? utc_iso(*ms).substr(0, 16) : "";
}

Json json_of(const Token& token) {
  const auto time = [](const std::optional<std::int64_t>& ms) {
    return ms ? Json(utc_iso(*ms)) : Json(nullptr);
  };
  return {{"id", token.id},
          {"name", token.name},
          {"state", state_of(token)},
          {"scopes", scope_names(token)},
          {"canais", token.canais},
          {"keys_per_second", token.keys.per_second},
          {"keys_at_once", token.keys.at_once},
          {"created_at", utc_iso(token.created_ms)},
          {"expires_at", time(token.expires_ms)},
          {"revoked_at", time(token.revoked_ms)}};
}

Status list(const Options& options) {
  TRY_ASSIGN(const Plan plan, plan_in(options.config));
  TRY_ASSIGN(const Serve settings, load_serve(plan.file));
  TRY_ASSIGN(const auto tokens, serve::read_tokens(settings.tokens));
  if (options.json) {
    auto all = Json::array();
    for (const Token& token : tokens) all.push_back(json_of(token));
    write_out(all.dump(2) + "\n");
    return {};
  }
  TextTable table({{"id"},
                   {"name"},
                   {"state"},
                   {"scopes"},
                   {"canais"},
                   {"keys/s", Align::right},
                   {"created (UTC)"},
                   {"expires (UTC)"}});
  for (const Token& token : tokens)
    table.add({token.id, token.name, state_of(token),
               fmt::format("{}", fmt::join(scope_names(token), ", ")),
               token.canais.empty() ? "all" : fmt::format("{}", fmt::join(token.canais, ", ")),
               token.keys.per_second > 0 ? std::to_string(token.keys.per_second) : "",
               time_text(token.created_ms), time_text(token.expires_ms)});
  table.print();
  return {};
}

Status revoke(const Options& options) {
  TRY_ASSIGN(const Plan plan, plan_in(options.config));
  TRY_ASSIGN(const Serve settings, load_serve(plan.file));
  TRY_ASSIGN(const Token token, serve::revoke_token(settings.tokens, options.id));
  print_err("token {} ({}) is revoked since {}\n", token.id, token.name,
            utc_iso(*token.revoked_ms));
  return {};
}

void add_create(CLI::App& verb, const std::shared_ptr<Options>& options, int& exit_code) {
  add_config_option(verb, options->config);
  verb.add_option("--name", options->name, "Who will have it")->type_name("TEXT")->required();
  std::vector<std::string> scopes;
  for (const auto scope : serve::kScopes) scopes.emplace_back(serve::name(scope));
  verb.add_option("--scope", options->scopes, "What it may ask: check, explain, status, metrics, read")
      ->type_name("SCOPE")
      ->required()
      ->check(CLI::IsMember(scopes));
  verb.add_option("--canal", options->canais,
                  "Only about this campaign channel; may be given several times (default: all)")
      ->type_name("CANAL");
  verb.add_option("--expires", options->expires, "When it ends: 90d, 12h, or its last day")
      ->type_name("TIME");
  verb.add_option("--keys-per-second", options->keys_per_second,
                  "How many keys it may ask about (default: any number)")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000'000));
  verb.add_option("--keys-at-once", options->keys_at_once,
                  "How many may come in a burst (default: a minute's worth)")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000'000));
  verb.callback([options, &exit_code] { exit_code = exit_code_of(create(*options)); });
}

}  // namespace

void add_tokens(CLI::App& verb, int& exit_code) {
  const auto options = std::make_shared<Options>();
  verb.require_subcommand(1);
  verb.footer(kExamples);
  add_create(*verb.add_subcommand("create", "Make a token and print it, this once"), options,
             exit_code);
  auto* list_verb = verb.add_subcommand("list", "The tokens there are");
  add_config_option(*list_verb, options->config);
  list_verb->add_flag("--json", options->json, "As a JSON array");
  list_verb->callback([options, &exit_code] { exit_code = exit_code_of(list(*options)); });
  auto* revoke_verb = verb.add_subcommand("revoke", "End a token");
  add_config_option(*revoke_verb, options->config);
  revoke_verb->add_option("id", options->id, "As `list` shows it")->type_name("ID")->required();
  revoke_verb->callback([options, &exit_code] { exit_code = exit_code_of(revoke(*options)); });
}

}  // namespace quarentena::cli
